package io.mesh.loadbalancer;

import io.mesh.model.ServiceInstance;

/**
 * What one list says of one endpoint; all of it read once, when the list is made.
 *
 * @param member what is configured and marked
 * @param standing what weight, marks and checks say
 * @param access what follows from that, and from the availability
 */
record Line(Member member, Standing standing, Access access) {

    Endpoint endpoint() {
        return member.endpoint();
    }

    ServiceInstance instance() {
        return member.instance();
    }

    int weight() {
        return member.instance().weight();
    }
}
