package io.mesh.spring.inject;

import io.mesh.proxy.Mesh;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/** Tells whether the application has a mesh of its own. No bean is made for that. */
final class OwnMesh {

    private static final String OURS = "io.mesh.spring.autoconfigure.MeshAutoConfiguration";

    private OwnMesh() {}

    /** The name of the application's own {@link Mesh} bean; null if the mesh is that of the starter. */
    static @Nullable String beanName(ConfigurableListableBeanFactory beans) {
        for (String name : beans.getBeanNamesForType(Mesh.class, true, false)) {
            if (!beans.containsBeanDefinition(name)
                    || !OURS.equals(beans.getBeanDefinition(name).getFactoryBeanName())) {
                return name;
            }
        }
        return null;
    }
}
