package io.mesh.spring.autoconfigure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;

/** The auto-configurations an application with nothing but Mesh has, as far as they matter here. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ImportAutoConfiguration({
    MeshAutoConfiguration.class,
    AopAutoConfiguration.class,
    PropertyPlaceholderAutoConfiguration.class
})
public @interface EnableMesh {}
