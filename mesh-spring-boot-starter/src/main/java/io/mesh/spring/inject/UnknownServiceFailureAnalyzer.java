package io.mesh.spring.inject;

import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.properties.MeshConfigMapper;
import io.mesh.spring.properties.Nearest;
import io.mesh.spring.properties.OnMeshEnabled;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** Explains a start that failed because somebody asked for a service that there is not, or did not say which. */
@Order(Ordered.HIGHEST_PRECEDENCE) // before Boot's own, which knows of beans only
final class UnknownServiceFailureAnalyzer implements FailureAnalyzer {

    private final @Nullable Environment environment;

    UnknownServiceFailureAnalyzer(@Nullable Environment environment) {
        this.environment = environment;
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
        Set<String> known = environment == null ? Set.of() : new TreeSet<>(MeshConfigMapper.serviceNames(environment));
        String name = asked == null ? null : name(asked);
        if (name != null) {
            return unknown(name, known, asked, failure);
        }
        return new FailureAnalysis(
                "A ServiceProxy is asked for" + by(asked) + ", but not of which service. By its type alone a proxy is"
                        + " never injected, since it could be that of another service.",
                known.isEmpty()
                        ? "Configure the service under mesh.services and add its qualifier: @MeshService(\"name\")."
                        : "Add the qualifier: "
                                + String.join(
                                        " or ",
                                        known.stream()
                                                .map(UnknownServiceFailureAnalyzer::qualifier)
                                                .toList())
                                + ".",
                failure);
    }

    private static FailureAnalysis unknown(
            String name, Set<String> known, @Nullable InjectionPoint asked, Throwable failure) {
        if (known.contains(name)) {
            return new FailureAnalysis(
                    "Service '" + name + "' has no bean, asked for" + by(asked)
                            + ". The set of these beans is that of the build if there is AOT processing.",
                    "Configure the service at build time too, or take it from Mesh.service(\"" + name + "\").",
                    failure);
        }
        String nearest = Nearest.of(name, known);
        return new FailureAnalysis(
                "No service '" + name + "' is configured, asked for" + by(asked) + ". "
                        + (known.isEmpty() ? "No service is." : "Configured are: " + String.join(", ", known) + "."),
                nearest != null
                        ? "Did you mean " + qualifier(nearest) + "? Otherwise configure mesh.services." + name + "."
                        : "Configure mesh.services." + name + (known.isEmpty() ? "." : ", or use one of those."),
                failure);
    }

    private static String qualifier(String name) {
        return "@MeshService(\"" + name + "\")";
    }

    private static @Nullable String name(InjectionPoint asked) {
        MergedAnnotations annotations = MergedAnnotations.from(asked.getAnnotations());
        MergedAnnotation<MeshService> service = annotations.get(MeshService.class);
        if (service.isPresent()) {
            return service.getString(MergedAnnotation.VALUE);
        }
        MergedAnnotation<Qualifier> qualifier = annotations.get(Qualifier.class);
        String value = qualifier.isPresent() ? qualifier.getString(MergedAnnotation.VALUE) : "";
        return value.isEmpty() ? null : value;
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
