package kotlin.coroutines;

/** Stands for the type of the same name that a compiled suspend function has as its last parameter. */
public interface Continuation<T> {}
