package io.mesh.spring.inject;

import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.properties.MeshConfigMapper;
import io.mesh.spring.properties.Nearest;
import io.mesh.spring.properties.OnMeshEnabled;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** Explains a start that failed because somebody asked for a service that there is not, or did not say which. */
@Order(Ordered.HIGHEST_PRECEDENCE) // before Boot's own, which knows of beans only
final class UnknownServiceFailureAnalyzer implements FailureAnalyzer {

    private final @Nullable Environment environment;
    private final @Nullable ConfigurableListableBeanFactory beans;

    UnknownServiceFailureAnalyzer(@Nullable Environment environment, @Nullable BeanFactory beans) {
        this.environment = environment;
        this.beans = beans instanceof ConfigurableListableBeanFactory all ? all : null;
    }

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        InjectionPoint asked = null;
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof UnsatisfiedDependencyException unsatisfied) {
                asked = unsatisfied.getInjectionPoint();
            }
            if (at instanceof UnknownServiceException unknown) {
                return unknown(unknown.service(), unknown.known(), asked, failure);
            }
            if (at instanceof NoSuchBeanDefinitionException missing
                    && !(missing instanceof NoUniqueBeanDefinitionException)
                    && missing.getBeanType() == ServiceProxy.class) {
                return missing(asked, failure);
            }
        }
        return null;
    }

    private FailureAnalysis missing(@Nullable InjectionPoint asked, Throwable failure) {
        String off = environment == null ? null : OnMeshEnabled.turnedOff(environment);
        if (off != null) {
            return new FailureAnalysis(
                    "A service proxy is asked for" + by(asked) + ", but the mesh is turned off: " + off + ".",
                    "Turn the mesh on, or do without the proxy.",
                    failure);
        }
        Set<String> known = known();
        String name = asked == null ? null : Qualifiers.service(MergedAnnotations.from(asked.getAnnotations()));
        if (name != null) {
            return unknown(name, known, asked, failure);
        }
        return new FailureAnalysis(
                "A ServiceProxy is asked for" + by(asked) + ", but not of which service. By its type alone a proxy is"
                        + " never injected, since it could be that of another service.",
                known.isEmpty()
                        ? capitalized(configure("name")) + " and add its qualifier: " + qualifier("name") + "."
                        : "Add the qualifier: "
                                + String.join(
                                        " or ",
                                        known.stream()
                                                .map(UnknownServiceFailureAnalyzer::qualifier)
                                                .toList())
                                + ".",
                failure);
    }

    private FailureAnalysis unknown(String name, Set<String> known, @Nullable InjectionPoint asked, Throwable failure) {
        if (known.contains(name)) {
            return new FailureAnalysis(
                    "Service '" + name + "' has no bean, asked for" + by(asked)
                            + ". The set of these beans is that of the build if there is AOT processing.",
                    "Configure the service at build time too, or take it from Mesh.service(\"" + name + "\").",
                    failure);
        }
        Map<String, String> unknownKeys = unknownKeys();
        List<String> problems = new ArrayList<>(unknownKeys.keySet());
        problems.add("No service '" + name + "' is configured, asked for" + by(asked) + ". "
                + (known.isEmpty() ? "No service is." : "Configured are: " + String.join(", ", known) + "."));
        Set<String> mends = new LinkedHashSet<>(unknownKeys.values());
        String nearest = Nearest.of(name, known);
        if (nearest != null) {
            mends.add("Did you mean " + qualifier(nearest) + "?");
        }
        String configure = configure(name) + (known.isEmpty() || nearest != null ? "." : ", or use one of those.");
        return new FailureAnalysis(
                String.join("\n", problems),
                mends.isEmpty() ? capitalized(configure) : String.join("\n", mends) + " Otherwise " + configure,
                failure);
    }

    /** One of them may be why the service is not there: what is asked for is missed before keys are checked. */
    private Map<String, String> unknownKeys() {
        return environment == null || ownMesh() != null ? Map.of() : MeshConfigMapper.unknownKeys(environment);
    }

    private String configure(String service) {
        String own = ownMesh();
        return own == null
                ? "configure mesh.services." + service
                : "add the service '" + service + "' to your Mesh bean '" + own + "'";
    }

    private static String capitalized(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    private @Nullable String ownMesh() {
        return beans == null ? null : OwnMesh.beanName(beans);
    }

    /** The services that could be asked for. */
    private Set<String> known() {
        String own = ownMesh();
        if (own != null && beans != null) {
            return services(beans, own);
        }
        return environment == null ? Set.of() : new TreeSet<>(MeshConfigMapper.serviceNames(environment));
    }

    /** A start that failed has closed its mesh, so it is made again to be asked. */
    private static Set<String> services(ConfigurableListableBeanFactory beans, String mesh) {
        boolean alive = beans.containsSingleton(mesh);
        try {
            return new TreeSet<>(beans.getBean(mesh, Mesh.class).services());
        } catch (BeansException impossible) {
            return Set.of(); // no reason to hide the failure that is to be explained
        } finally {
            if (!alive) {
                beans.destroySingletons();
            }
        }
    }

    private static String qualifier(String name) {
        return "@MeshService(\"" + name + "\")";
    }

    private static String by(@Nullable InjectionPoint asked) {
        if (asked == null) {
            return "";
        }
        Member member = asked.getMember();
        String owner = member.getDeclaringClass().getName();
        if (member instanceof Field) {
            return " by the field '" + member.getName() + "' of " + owner;
        }
        return member.getName().equals(owner)
                ? " by the constructor of " + owner
                : " by the method '" + member.getName() + "' of " + owner;
    }
}
