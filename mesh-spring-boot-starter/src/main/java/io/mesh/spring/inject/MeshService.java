package io.mesh.spring.inject;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.beans.factory.annotation.Qualifier;

/**
 * Asks for the {@link io.mesh.proxy.ServiceProxy} of a service:
 *
 * <pre>{@code
 * Shop(@MeshService("orders") ServiceProxy orders) { ... }
 * }</pre>
 *
 * <p>There is a bean for every service under {@code mesh.services}, and for every service that the
 * application's own {@link io.mesh.proxy.Mesh} bean has and that is asked for in this way.
 * {@code @Qualifier("orders")} finds it too. A proxy is never injected by its type alone, not even if there is
 * one only: by type {@code ServiceProxy payments} would silently get {@code orders}. So a
 * {@code Map<String, ServiceProxy>} stays empty as well; {@code Mesh.service(name)} finds services whose
 * names are known at run time only.
 *
 * <p>After AOT processing the set of these beans is that of the build; instances and settings are those of
 * the run.
 */
@Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Qualifier
public @interface MeshService {

    /**
     * Name of the service.
     *
     * @return lower-case kebab, as under {@code mesh.services}
     */
    String value();
}
