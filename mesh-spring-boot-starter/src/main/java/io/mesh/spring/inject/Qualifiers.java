package io.mesh.spring.inject;

import java.lang.reflect.AnnotatedElement;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;

/** Reads which service is asked for. */
final class Qualifiers {

    private Qualifiers() {}

    static @Nullable String service(AnnotatedElement asked) {
        return service(MergedAnnotations.from(asked));
    }

    /** The name that stands on {@link MeshService}, else on {@link Qualifier}; null if on neither. */
    static @Nullable String service(MergedAnnotations annotations) {
        MergedAnnotation<MeshService> service = annotations.get(MeshService.class);
        if (service.isPresent()) {
            return service.getString(MergedAnnotation.VALUE);
        }
        MergedAnnotation<Qualifier> qualifier = annotations.get(Qualifier.class);
        String value = qualifier.isPresent() ? qualifier.getString(MergedAnnotation.VALUE) : "";
        return value.isEmpty() ? null : value;
    }
}
