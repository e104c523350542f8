/**
 * {@code @WithCircuitBreaker}, {@code @WithRetry}, {@code @WithConcurrencyLimit} and {@code @WithTimeout} on beans.
 *
 * <p>One advisor for all. {@code AnnotatedMethods} finds what carries an annotation, {@code GuardRules} says
 * what cannot work, {@code Guards} resolves a method once to its {@code Guard}, and {@code GuardInterceptor}
 * looks that up for every call. Order: fallback( retry( breaker( limit( timeout( advice nearer to the
 * method( method ))))).
 */
@NullMarked
package io.mesh.spring.aop;

import org.jspecify.annotations.NullMarked;
