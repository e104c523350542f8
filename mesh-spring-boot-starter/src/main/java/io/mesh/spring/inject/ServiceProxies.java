package io.mesh.spring.inject;

import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Makes the beans of single services, from whatever {@code Mesh} bean there is: the application's own may
 * have any name.
 */
final class ServiceProxies {

    static final String BEAN_NAME = "mesh.services";

    private final ObjectProvider<Mesh> mesh;

    ServiceProxies(ObjectProvider<Mesh> mesh) {
        this.mesh = mesh;
    }

    /** Called by the bean definitions of {@link ServiceProxyRegistrar}. */
    ServiceProxy service(String name) {
        Mesh found = mesh.getObject();
        if (!found.services().contains(name)) {
            throw new UnknownServiceException(name, found.services());
        }
        return found.service(name);
    }
}
