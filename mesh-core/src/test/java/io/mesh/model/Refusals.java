package io.mesh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What is refused, and with which sentence. */
final class Refusals {

    private Refusals() {}

    /** The sentence must be exactly this one, and begin with the component, go on with the rule, end with the value. */
    static void assertRefused(ThrowingCallable making, String sentence) {
        InvalidSettingException refusal = catchThrowableOfType(InvalidSettingException.class, making);

        assertThat(refusal).as("nothing was refused, but expected: " + sentence).isNotNull();
        assertThat(refusal).hasMessage(sentence);
        assertThat(sentence).isEqualTo(refusal.component() + " " + refusal.rule() + ", but is " + refusal.value());
    }
}
