package io.mesh.model;

import org.jspecify.annotations.Nullable;

/**
 * An argument or a setting was refused. It says what was refused, the value given and what is allowed:
 * {@code ratio must be between 0.0 and 1000.0, but is -0.5}.
 *
 * <p>The parts are kept apart so that whoever read the value from somewhere (a property file) can name
 * the place.
 */
public final class InvalidSettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String component;
    private final transient @Nullable Object value;
    private final String rule;

    /**
     * Makes the sentence {@code component rule, but is value}.
     *
     * @param component the name of the record component or parameter, in camel case
     * @param value the value refused, or null if null was refused
     * @param rule what is allowed, as the rest of the sentence: {@code must be 1 or more}
     */
    public InvalidSettingException(String component, @Nullable Object value, String rule) {
        super(component + " " + rule + ", but is " + value);
        this.component = component;
        this.value = value;
        this.rule = rule;
    }

    /** {@return the name of the component refused, in camel case} */
    public String component() {
        return component;
    }

    /** {@return the value refused, or null if null was refused} */
    public @Nullable Object value() {
        return value;
    }

    /** {@return what is allowed, as the rest of a sentence that begins with the component} */
    public String rule() {
        return rule;
    }
}
