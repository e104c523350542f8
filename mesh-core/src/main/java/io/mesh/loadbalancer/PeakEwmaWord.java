package io.mesh.loadbalancer;

/**
 * What a {@link PeakEwma} writes at the end of calls, 120 bytes apart from what the next endpoint's writes, for the reason
 * given in {@link InFlight}.
 */
abstract sealed class PeakEwmaWord permits PeakEwma {

    volatile long word;

    // Never used.
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
