package io.mesh.spring.properties;

import io.mesh.model.InvalidSettingException;
import io.mesh.spring.properties.MeshProperties.DiscoverySettings;
import io.mesh.spring.properties.MeshProperties.InstanceSettings;
import io.mesh.spring.properties.MeshProperties.WindowSettings;
import io.mesh.spring.properties.MeshProperties.ZoneSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/** Says of a setting that the model has refused where it comes from. */
final class Refusal {

    private static final Pattern COMPONENT = Pattern.compile("\\b[a-z]+(?:[A-Z][a-z]+)+\\b");

    private static final Pattern QUOTES = Pattern.compile("^'|'$");

    private final InheritedProperties group;

    Refusal(InheritedProperties group) {
        this.group = group;
    }

    /**
     * What the model has refused.
     *
     * @param name name of the group of the record that refused, such as {@code mesh.services.orders.retry}
     * @param refused says the component
     */
    InvalidMeshPropertyException of(ConfigurationPropertyName name, InvalidSettingException refused) {
        List<String> sentences = new ArrayList<>();
        sentences.add(statement(name, refused) + ", but " + keys(Wording.rule(refused.rule())) + ".");
        List<String> others = others(refused.rule());
        for (String other : others) {
            ConfigurationProperty set = group.find(name.append(other));
            sentences.add(set != null ? Wording.statement(set) + "." : name + "." + other + " has its default.");
        }
        return new InvalidMeshPropertyException(
                sentences, others.isEmpty() ? "Correct the value." : "Correct one of the two values.");
    }

    private String statement(ConfigurationPropertyName name, InvalidSettingException refused) {
        ConfigurationPropertyName key = name.append(Schema.key(refused.component()));
        ConfigurationProperty property = group.find(key);
        if (property != null) {
            return property.getName().isLastElementIndexed()
                    ? statement(property, group.elements(key), refused)
                    : Wording.statement(property);
        }
        ConfigurationProperty shortForm = group.find(name); // of an instance
        return shortForm != null
                ? Wording.statement(shortForm)
                : key + " is " + Wording.value(refused.value()) + (refused.value() == null ? "" : " (by default)");
    }

    /** The element of a list that was refused, or if that cannot be told, the list with what was refused of it. */
    private String statement(
            ConfigurationProperty first, List<ConfigurationProperty> elements, InvalidSettingException refused) {
        String value = Wording.value(refused.value());
        String text = QUOTES.matcher(value).replaceAll("").trim();
        return elements.stream()
                .filter(element -> isOrNames(group.text(element), text))
                .findFirst()
                .map(Wording::statement)
                .orElse(first.getName().getParent() + " is " + value + Wording.place(first.getOrigin()));
    }

    /** Of a header its name alone may be refused. */
    private static boolean isOrNames(String element, String refused) {
        return element.equals(refused) || element.startsWith(refused + ":");
    }

    /**
     * A service that could not answer a single call.
     *
     * @param service its name, such as {@code mesh.services.orders}
     * @param written a property of it
     */
    static InvalidMeshPropertyException withoutInstances(
            ConfigurationPropertyName service, ConfigurationProperty written) {
        return new InvalidMeshPropertyException(
                List.of(service + " has no instances" + Wording.place(written.getOrigin()) + "."),
                "List them under " + service + ".instances, say under " + service
                        + ".discovery how to find them, or write instances: [] if they are added at run time.");
    }

    /** A list beside what finds it, or more than one way to find it. */
    InvalidMeshPropertyException oneOf(List<ConfigurationPropertyName> keys, String rule) {
        List<String> statements = new ArrayList<>();
        for (ConfigurationPropertyName key : keys) {
            ConfigurationProperty property = group.find(key);
            statements.add((property == null ? key + " is set" : Wording.statement(property)) + ".");
        }
        statements.add(rule);
        return new InvalidMeshPropertyException(statements, "Remove all but one.");
    }

    InvalidMeshPropertyException withoutSource(ConfigurationPropertyName discovery, List<String> sources) {
        return new InvalidMeshPropertyException(
                List.of(discovery + " does not say where to look" + placeOf(discovery, DiscoverySettings.class) + "."),
                "Give it one of " + String.join(", ", sources) + ".");
    }

    /** A zone that does not say which. */
    InvalidMeshPropertyException withoutName(ConfigurationPropertyName zone) {
        return new InvalidMeshPropertyException(
                List.of(zone + ".name is missing" + placeOf(zone, ZoneSettings.class)
                        + ": it says where this client runs."),
                "Set it to the zone of this client, such as eu-west-1a.");
    }

    /** A window that does not say how far it reaches. */
    InvalidMeshPropertyException withoutReach(ConfigurationPropertyName window) {
        return new InvalidMeshPropertyException(
                List.of(window + ".calls is missing" + placeOf(window, WindowSettings.class)
                        + ", and so is time: one of the two says how far the window reaches."),
                "Set one of them, such as calls: 100 or time: 10s.");
    }

    InvalidMeshPropertyException withoutSpringCloud(ConfigurationPropertyName key) {
        ConfigurationProperty property = group.find(key);
        return new InvalidMeshPropertyException(
                List.of((property == null ? key + " is set" : Wording.statement(property))
                        + ", but Spring Cloud is not on the class path."),
                "Add a discovery client of Spring Cloud, such as spring-cloud-starter-netflix-eureka-client, or use"
                        + " dns, srv or file.");
    }

    /**
     * A strategy of the application's own that there is not.
     *
     * @param statement says where it is named
     * @param name of the bean
     * @param known names of the beans that are strategies
     */
    static InvalidMeshPropertyException noStrategy(String statement, String name, Collection<String> known) {
        String meant = Nearest.of(name, known);
        return new InvalidMeshPropertyException(
                List.of(statement + ", but must be the name of a bean of type io.mesh.loadbalancer.Picker: there "
                        + (known.isEmpty() ? "is none." : "are " + String.join(", ", new TreeSet<>(known)) + ".")),
                meant != null
                        ? "Did you mean " + meant + "?"
                        : "Declare such a bean, or choose a built-in strategy with load-balancer.strategy.");
    }

    /** Of the two keys that say where a client lies one is missing. */
    InvalidMeshPropertyException halfAPlace(ConfigurationPropertyName aperture, String missing) {
        String given = missing.equals("client") ? "clients" : "client";
        ConfigurationProperty property = group.find(aperture.append(given));
        return new InvalidMeshPropertyException(
                List.of((property == null ? aperture + "." + given + " is set" : Wording.statement(property)) + ", but "
                        + missing + " is not set."),
                missing.equals("client")
                        ? "Set " + aperture
                                + ".client, too, to which of the clients this is, from 0; or remove clients."
                        : "Set " + aperture + ".clients, too, to how many clients there are; or remove client.");
    }

    /** An aperture where the key of a call says which instance it goes to. */
    InvalidMeshPropertyException apertureByKey(ConfigurationPropertyName loadBalancer) {
        ConfigurationPropertyName aperture = loadBalancer.append("aperture");
        List<String> sentences = new ArrayList<>();
        for (ConfigurationPropertyName key : List.of(
                loadBalancer.append("strategy"),
                aperture.append("enabled"),
                aperture.append("size"),
                aperture.append("client"),
                aperture.append("clients"))) {
            ConfigurationProperty property = group.find(key);
            if (property != null && sentences.size() < 2) {
                sentences.add(Wording.statement(property)
                        + (sentences.isEmpty()
                                ? ", but must not stand beside an aperture: under it every client calls every"
                                        + " instance."
                                : "."));
            }
        }
        return new InvalidMeshPropertyException(
                sentences, "Choose another strategy, or set " + aperture + ".enabled to false.");
    }

    /**
     * A subset that does not say which instances are of it.
     *
     * @param subset its name, such as {@code mesh.services.orders.load-balancer.subsets.canary}
     * @param written a property of it
     * @param replaced the subset of that name in the defaults, whose entries are not inherited, or null
     */
    static InvalidMeshPropertyException withoutMetadata(
            ConfigurationPropertyName subset,
            ConfigurationProperty written,
            @Nullable ConfigurationPropertyName replaced) {
        List<String> sentences = new ArrayList<>();
        sentences.add(subset + ".metadata is missing" + Wording.place(written.getOrigin())
                + ": it says which instances are of the subset.");
        if (replaced != null) {
            sentences.add("That of " + replaced + " is not inherited: a service's own subset replaces it whole.");
        }
        return new InvalidMeshPropertyException(
                sentences, "Give it at least one entry that its instances have, such as metadata: {version: canary}.");
    }

    /** Shares of subsets that are more than all calls. */
    static InvalidMeshPropertyException tooManyPercent(int sum, List<ConfigurationProperty> shares) {
        List<String> sentences = new ArrayList<>();
        shares.forEach(share -> sentences.add(Wording.statement(share) + "."));
        sentences.add("That is " + sum + " percent in all, but must be at most 100.");
        return new InvalidMeshPropertyException(sentences, "Correct one of the values.");
    }

    /** A name of a subset that is written as only a name in brackets can be. */
    static InvalidMeshPropertyException subsetName(
            String name, ConfigurationPropertyName map, ConfigurationProperty property) {
        InvalidMeshPropertyException kebab = name(name, map, property);
        return new InvalidMeshPropertyException(
                List.of(String.valueOf(kebab.getMessage())),
                kebab.mend().replaceFirst("\\.$", ", or write it in brackets if it is to stay: [" + name + "]."));
    }

    InvalidMeshPropertyException missing(ConfigurationPropertyName instance, String key) {
        return new InvalidMeshPropertyException(
                List.of(instance + "." + key + " is missing" + placeOf(instance, InstanceSettings.class) + "."),
                "Write the instance as host:port, or give it a host and a port.");
    }

    InvalidMeshPropertyException duplicate(
            String id, ConfigurationPropertyName first, ConfigurationPropertyName second) {
        return new InvalidMeshPropertyException(
                List.of(second + " has the id '" + id + "'" + placeOf(second, InstanceSettings.class) + ", but so has "
                        + first + placeOf(first, InstanceSettings.class) + "."),
                "Give each instance an id of its own; without one it is host:port.");
    }

    static InvalidMeshPropertyException name(
            String name, ConfigurationPropertyName map, ConfigurationProperty property) {
        String kebab = name.replaceAll("([a-z0-9])([A-Z])", "$1-$2")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        return new InvalidMeshPropertyException(
                List.of("'" + name + "' is no name for an entry of " + map + Wording.place(property.getOrigin())
                        + ": names are lower-case kebab, so that YAML, environment variables and code agree on them."),
                kebab.isEmpty() ? "Choose such a name, for example order-history." : "Call it " + kebab + ".");
    }

    /** Where a group is written, in parentheses after a blank: the place of one of its keys. */
    private String placeOf(ConfigurationPropertyName name, Class<?> settings) {
        for (String key : Schema.keysOf(settings)) {
            ConfigurationProperty property = group.find(name.append(key));
            if (property != null) {
                return Wording.place(property.getOrigin());
            }
        }
        ConfigurationProperty whole = group.find(name); // an instance in its short form, or a group without keys
        ConfigurationProperty property = whole != null ? whole : group.find(name.getParent());
        return property == null ? "" : Wording.place(property.getOrigin());
    }

    /** Other components that a rule speaks of, as keys. */
    private static List<String> others(String rule) {
        return COMPONENT
                .matcher(rule)
                .results()
                .map(found -> Schema.key(found.group()))
                .distinct()
                .toList();
    }

    private static String keys(String rule) {
        return COMPONENT.matcher(rule).replaceAll(found -> Matcher.quoteReplacement(Schema.key(found.group())));
    }
}
