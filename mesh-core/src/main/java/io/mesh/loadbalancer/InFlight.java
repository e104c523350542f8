package io.mesh.loadbalancer;

/**
 * How many calls of an endpoint are under way, 120 bytes apart from its other fields and from the counts of its
 * neighbours: endpoints are made one after the other and stand side by side in memory, and each call writes this twice.
 * Without the distance, calls of different instances share cache lines and hold each other up.
 */
abstract sealed class InFlight permits Endpoint {

    volatile int inFlight;

    // Never used: fields of a superclass come first.
    long pad1;
    long pad2;
    long pad3;
    long pad4;
    long pad5;
    long pad6;
    long pad7;
    long pad8;
    long pad9;
    long pad10;
    long pad11;
    long pad12;
    long pad13;
    long pad14;
    long pad15;
}
