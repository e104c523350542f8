package io.mesh.loadbalancer;

/**
 * 64-bit hashes, the same in every process: of ids FNV-1a (Fowler, Noll, Vo) over the chars; of keys, which are hashed
 * with every call, {@link String#hashCode}, which is specified and kept by the string; then the finaliser of MurmurHash3
 * (Appleby), without which those that differ in their last char only would be neighbours. Two keys of four billion may have
 * the same hash, and so the same instance. Not made to withstand keys chosen in bad faith.
 */
final class KeyHash {

    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    private KeyHash() {}

    static long of(String key) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < key.length(); i++) {
            hash = (hash ^ key.charAt(i)) * FNV_PRIME;
        }
        return mixed(hash);
    }

    static long ofKey(String key) {
        return mixed(key.hashCode());
    }

    /** Another hash of the same quality. */
    static long mixed(long hash) {
        long mixed = hash;
        mixed = (mixed ^ (mixed >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 33);
    }

    /** One of so many numbers from 0 on, each as likely, by the upper half of some random bits. */
    static int below(int bound, long bits) {
        return (int) (((bits >>> 32) * bound) >>> 32);
    }
}
