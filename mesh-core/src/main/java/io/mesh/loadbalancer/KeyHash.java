package io.mesh.loadbalancer;

/**
 * 64-bit hashes of keys and ids: FNV-1a (Fowler, Noll, Vo) over the chars, then the finaliser of MurmurHash3 (Appleby),
 * without which keys that differ in their last char only would be neighbours. Not made to withstand keys chosen in bad
 * faith.
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
