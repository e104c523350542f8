package io.mesh.spring.properties;

import io.mesh.model.AdaptiveLimitConfig;
import io.mesh.model.ApertureConfig;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.DiscoverySource;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HedgeConfig;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.MeshConfig;
import io.mesh.model.Mode;
import io.mesh.model.OutlierConfig;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SlowStartConfig;
import io.mesh.model.SubsetConfig;
import io.mesh.model.TimeoutConfig;
import io.mesh.model.WindowConfig;
import io.mesh.model.ZoneConfig;
import io.mesh.spring.properties.MeshProperties.AdaptiveLimitSettings;
import io.mesh.spring.properties.MeshProperties.ApertureSettings;
import io.mesh.spring.properties.MeshProperties.CircuitBreakerSettings;
import io.mesh.spring.properties.MeshProperties.ConcurrencyLimitSettings;
import io.mesh.spring.properties.MeshProperties.DefaultSettings;
import io.mesh.spring.properties.MeshProperties.DiscoverySettings;
import io.mesh.spring.properties.MeshProperties.HealthCheckSettings;
import io.mesh.spring.properties.MeshProperties.HedgeSettings;
import io.mesh.spring.properties.MeshProperties.InstanceConcurrencyLimitSettings;
import io.mesh.spring.properties.MeshProperties.InstanceSettings;
import io.mesh.spring.properties.MeshProperties.LoadBalancerSettings;
import io.mesh.spring.properties.MeshProperties.OutlierSettings;
import io.mesh.spring.properties.MeshProperties.RetryBudgetSettings;
import io.mesh.spring.properties.MeshProperties.RetrySettings;
import io.mesh.spring.properties.MeshProperties.ServiceRetrySettings;
import io.mesh.spring.properties.MeshProperties.ServiceSettings;
import io.mesh.spring.properties.MeshProperties.SlowStartSettings;
import io.mesh.spring.properties.MeshProperties.TimeoutSettings;
import io.mesh.spring.properties.MeshProperties.WindowSettings;
import io.mesh.spring.properties.MeshProperties.ZoneSettings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.core.env.Environment;

/**
 * The model made of the properties, with what is inherited. Reads the environment at every call, so it tells
 * what applies at that moment.
 */
public final class MeshConfigMapper {

    private static final ConfigurationPropertyName DEFAULTS = Schema.ROOT.append("defaults");
    private static final ConfigurationPropertyName DEFAULT_BREAKER = DEFAULTS.append("circuit-breaker");
    private static final ConfigurationPropertyName DEFAULT_RETRY = DEFAULTS.append("retry");
    private static final ConfigurationPropertyName DEFAULT_TIMEOUT = DEFAULTS.append("timeout");
    private static final ConfigurationPropertyName DEFAULT_LIMIT = DEFAULTS.append("concurrency-limit");
    private static final ConfigurationPropertyName DEFAULT_SUBSETS =
            DEFAULTS.append("load-balancer").append("subsets");
    private static final String CUSTOM_STRATEGY = "custom-strategy";
    private static final ConfigurationPropertyName SERVICES = Schema.ROOT.append("services");
    private static final ConfigurationPropertyName BREAKERS = Schema.ROOT.append("circuit-breakers");
    private static final ConfigurationPropertyName RETRIES = Schema.ROOT.append("retries");
    private static final ConfigurationPropertyName TIMEOUTS = Schema.ROOT.append("timeouts");
    private static final ConfigurationPropertyName MODE = Schema.ROOT.append("mode");
    private static final ConfigurationPropertyName LIMITS = Schema.ROOT.append("concurrency-limits");
    private static final List<ConfigurationPropertyName> GROUPS =
            List.of(SERVICES, BREAKERS, RETRIES, TIMEOUTS, LIMITS, DEFAULTS, Schema.ROOT.append("stack-traces"), MODE);

    private static final String INSTANCES = "instances";
    private static final List<String> SOURCES = List.of("dns", "srv", "file", "spring-cloud");

    /** Under which name the mesh is given Spring Cloud's discovery. */
    public static final String SPRING_CLOUD = "spring-cloud";

    private final Environment environment;

    /**
     * A mapper.
     *
     * @param environment has the properties
     */
    public MeshConfigMapper(Environment environment) {
        this.environment = environment;
    }

    /**
     * The services that have properties. An impossible name is refused here, before anything can miss the
     * service that was meant.
     *
     * @param environment has the properties
     * @return their names
     */
    public static Set<String> serviceNames(Environment environment) {
        return named(environment, SERVICES).keySet();
    }

    /**
     * Everything that is configured.
     *
     * @return the model
     */
    public MeshConfig config() {
        LostCharacters.refuse(environment);
        if (state(DEFAULTS) != ConfigurationPropertyState.ABSENT) {
            checkDefaults(); // not for nothing: binding takes as long as all else without services
        }
        MeshConfig.Builder config = MeshConfig.builder()
                .mode(new InheritedProperties(environment, Schema.ROOT, null, null).value(MODE, Mode.ACT, Mode.class));
        named(environment, SERVICES)
                .forEach((name, written) -> config.service(name, service(entry(SERVICES, written), written)));
        named(environment, BREAKERS)
                .forEach((name, written) ->
                        config.circuitBreaker(name, breaker(entry(BREAKERS, written), StatedSettings.none())));
        named(environment, RETRIES)
                .forEach((name, written) -> config.retry(name, retry(entry(RETRIES, written), StatedSettings.none())));
        named(environment, TIMEOUTS)
                .forEach((name, written) ->
                        config.timeout(name, timeout(entry(TIMEOUTS, written), StatedSettings.none())));
        named(environment, LIMITS)
                .forEach((name, written) ->
                        config.concurrencyLimit(name, limit(entry(LIMITS, written), StatedSettings.none())));
        return config.build();
    }

    /**
     * Warns in the log of subsets that no listed instance is of, and of zones that none is in.
     *
     * @param config what {@link #config()} has returned
     */
    public void warnOfUnmatched(MeshConfig config) {
        warnOfSubsets(config);
        warnOfZones(config);
    }

    private void warnOfZones(MeshConfig config) {
        Map<ConfigurationProperty, List<ServiceConfig>> services = new LinkedHashMap<>(); // by what names their zone
        config.services().forEach((name, service) -> {
            if (service.loadBalancer().zone() != null) {
                ConfigurationPropertyName group = SERVICES.append(name);
                ConfigurationProperty written = new InheritedProperties(environment, group, null, DEFAULTS)
                        .find(group.append("load-balancer").append("zone").append("name"));
                if (written != null) { // it is there
                    services.computeIfAbsent(written, none -> new ArrayList<>()).add(service);
                }
            }
        });
        services.forEach(UnmatchedZone::warn);
    }

    private void warnOfSubsets(MeshConfig config) {
        Map<String, ConfigurationProperty> inherited = state(DEFAULT_SUBSETS) == ConfigurationPropertyState.ABSENT
                ? Map.of()
                : ConfiguredNames.under(environment, DEFAULT_SUBSETS);
        Map<String, List<ServiceConfig>> heirs = new LinkedHashMap<>(); // by name of the subset
        config.services().forEach((name, service) -> {
            if (!service.loadBalancer().subsets().isEmpty()) {
                ConfigurationPropertyName map =
                        SERVICES.append(name).append("load-balancer").append("subsets");
                Map<String, ConfigurationProperty> own = ConfiguredNames.under(environment, map);
                own.forEach((subset, written) -> UnmatchedSubsets.warn(map, subset, written, List.of(service)));
                inherited.keySet().stream()
                        .filter(subset -> !own.containsKey(subset))
                        .forEach(subset -> heirs.computeIfAbsent(subset, none -> new ArrayList<>())
                                .add(service));
            }
        });
        inherited.forEach((subset, written) ->
                UnmatchedSubsets.warn(DEFAULT_SUBSETS, subset, written, heirs.getOrDefault(subset, List.of())));
    }

    /**
     * Refuses a service that is to be discovered by Spring Cloud: it is not there.
     *
     * @param config what {@link #config()} has returned
     */
    public void refuseSpringCloud(MeshConfig config) {
        config.services().forEach((name, service) -> {
            if (service.discovery() != null && service.discovery().source() instanceof DiscoverySource.Named) {
                InheritedProperties group = new InheritedProperties(environment, SERVICES.append(name), null, DEFAULTS);
                throw new Refusal(group)
                        .withoutSpringCloud(group.group().append("discovery").append(SPRING_CLOUD));
            }
        });
    }

    /**
     * The groups of settings that are set.
     *
     * @return their names, such as {@code mesh.services}
     */
    public Set<String> groups() {
        Set<String> groups = new LinkedHashSet<>();
        for (ConfigurationPropertyName group : GROUPS) {
            if (state(group) == ConfigurationPropertyState.PRESENT) {
                groups.add(group.toString());
            }
        }
        return groups;
    }

    /** Whether anything of a group is set; unknown if a source cannot list what it has. */
    private ConfigurationPropertyState state(ConfigurationPropertyName group) {
        ConfigurationPropertyState state = ConfigurationPropertyState.ABSENT;
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationPropertyState here = source.containsDescendantOf(group);
            if (here == ConfigurationPropertyState.PRESENT || source.getConfigurationProperty(group) != null) {
                return ConfigurationPropertyState.PRESENT;
            }
            if (here == ConfigurationPropertyState.UNKNOWN) {
                state = here;
            }
        }
        return state;
    }

    /** Warns in the log of keys that do not exist where such keys do not stop the start. */
    public void warnOfUncheckedKeys() {
        UnknownKeys.warn(environment);
    }

    /**
     * The keys that do not exist, wherever they stand.
     *
     * @param environment has the properties
     * @return for each a sentence that says where it stands, with its mend as another
     */
    public static Map<String, String> unknownKeys(Environment environment) {
        return UnknownKeys.mends(environment);
    }

    /**
     * Whether a name stands under {@code mesh.circuit-breakers}.
     *
     * @param name lower-case kebab
     * @return true if it does
     */
    public boolean hasCircuitBreaker(String name) {
        return ConfiguredNames.under(environment, BREAKERS).containsKey(name);
    }

    /**
     * Whether a name stands under {@code mesh.retries}.
     *
     * @param name lower-case kebab
     * @return true if it does
     */
    public boolean hasRetry(String name) {
        return ConfiguredNames.under(environment, RETRIES).containsKey(name);
    }

    /**
     * Whether a name stands under {@code mesh.timeouts}.
     *
     * @param name lower-case kebab
     * @return true if it does
     */
    public boolean hasTimeout(String name) {
        return ConfiguredNames.under(environment, TIMEOUTS).containsKey(name);
    }

    /**
     * Whether a name stands under {@code mesh.concurrency-limits}.
     *
     * @param name lower-case kebab
     * @return true if it does
     */
    public boolean hasConcurrencyLimit(String name) {
        return ConfiguredNames.under(environment, LIMITS).containsKey(name);
    }

    /**
     * The settings of a circuit breaker that stands alone: its own properties, then what is stated in code,
     * then the defaults.
     *
     * @param name lower-case kebab
     * @param stated in code
     * @return the settings
     */
    public CircuitBreakerConfig circuitBreaker(String name, StatedSettings stated) {
        return breaker(BREAKERS.append(name), stated);
    }

    /**
     * The settings of a retry policy that stands alone: its own properties, then what is stated in code, then
     * the defaults.
     *
     * @param name lower-case kebab
     * @param stated in code
     * @return the settings
     */
    public RetryConfig retry(String name, StatedSettings stated) {
        return retry(RETRIES.append(name), stated);
    }

    /**
     * The settings of a timeout that stands alone: its own properties, then what is stated in code, then the
     * defaults.
     *
     * @param name lower-case kebab
     * @param stated in code
     * @return the settings
     */
    public TimeoutConfig timeout(String name, StatedSettings stated) {
        return timeout(TIMEOUTS.append(name), stated);
    }

    /**
     * The settings of a concurrency limit that stands alone: its own properties, then what is stated in code, then the
     * defaults.
     *
     * @param name lower-case kebab
     * @param stated in code
     * @return the settings
     */
    public ConcurrencyLimitConfig concurrencyLimit(String name, StatedSettings stated) {
        return limit(LIMITS.append(name), stated);
    }

    /** Defaults are checked even if nothing inherits them. */
    private void checkDefaults() {
        InheritedProperties group = new InheritedProperties(environment, DEFAULTS, null, null);
        DefaultSettings settings = group.bind(DefaultSettings.class);
        breaker(group, DEFAULT_BREAKER, settings.circuitBreaker());
        retry(group, DEFAULT_RETRY, settings.retry());
        timeout(group, DEFAULT_TIMEOUT, settings.timeout());
        limit(group, DEFAULT_LIMIT, settings.concurrencyLimit());
        limit(group, DEFAULTS.append("instance-concurrency-limit"), settings.instanceConcurrencyLimit());
        loadBalancer(group, DEFAULTS.append("load-balancer"), settings.loadBalancer());
        hedge(group, DEFAULTS.append("hedge"), settings.hedge());
        healthCheck(group, DEFAULTS.append("health-check"), settings.healthCheck());
        outlierDetection(group, DEFAULTS.append("outlier-detection"), settings.outlierDetection());
    }

    private ServiceConfig service(ConfigurationPropertyName name, ConfigurationProperty written) {
        InheritedProperties group = new InheritedProperties(environment, name, null, DEFAULTS);
        ServiceSettings settings = group.bind(ServiceSettings.class);
        ServiceConfig.Builder service = ServiceConfig.builder()
                .mode(settings.mode())
                .loadBalancer(loadBalancer(group, name.append("load-balancer"), settings.loadBalancer()))
                .circuitBreaker(breaker(group, name.append("circuit-breaker"), settings.circuitBreaker()))
                .breakerScope(settings.breakerScope())
                .healthCheck(healthCheck(group, name.append("health-check"), settings.healthCheck()))
                .outlierDetection(
                        outlierDetection(group, name.append("outlier-detection"), settings.outlierDetection()));
        ServiceRetrySettings retry = settings.retry();
        if (retry != null) {
            service.retry(retry(group, name.append("retry"), retry.how())).repeat(retry.repeat());
        }
        if (settings.hedge() != null) {
            service.hedge(hedge(group, name.append("hedge"), settings.hedge()));
        }
        if (settings.concurrencyLimit() != null) {
            service.concurrencyLimit(limit(group, name.append("concurrency-limit"), settings.concurrencyLimit()));
        }
        if (settings.instanceConcurrencyLimit() != null) {
            service.instanceConcurrencyLimit(
                    limit(group, name.append("instance-concurrency-limit"), settings.instanceConcurrencyLimit()));
        }
        if (settings.discovery() != null && isDiscovered(group, settings)) {
            service.discovery(discovery(group, name.append("discovery"), settings.discovery()));
        } else if (settings.instances().isEmpty() && group.find(name.append(INSTANCES)) == null) {
            throw Refusal.withoutInstances(name, written);
        } else {
            service.instances(instances(group, settings.instances()));
        }
        return checked(group, name, service::build);
    }

    /** A list gives way to a source of discovery that is set by something stronger, and the other way round. */
    private static boolean isDiscovered(InheritedProperties group, ServiceSettings settings) {
        ConfigurationPropertyName list = group.group().append(INSTANCES);
        ConfigurationPropertyName source = source(group, group.group().append("discovery"));
        if (settings.instances().isEmpty() || !group.isAtLeastAsStrong(list, source)) {
            return true;
        }
        if (group.isAtLeastAsStrong(source, list)) {
            throw new Refusal(group).oneOf(List.of(list, source), "A service lists its instances or has them found.");
        }
        return false;
    }

    /** The source that is set, of several the one that is set by something stronger than the others. */
    private static ConfigurationPropertyName source(InheritedProperties group, ConfigurationPropertyName discovery) {
        List<ConfigurationPropertyName> set = SOURCES.stream()
                .map(discovery::append)
                .filter(source -> group.find(source) != null)
                .toList();
        if (set.isEmpty()) {
            throw new Refusal(group).withoutSource(discovery, SOURCES);
        }
        List<ConfigurationPropertyName> strongest = set.stream()
                .filter(source -> set.stream().allMatch(other -> group.isAtLeastAsStrong(source, other)))
                .toList();
        if (strongest.size() > 1) {
            throw new Refusal(group).oneOf(strongest, "A service is discovered in one way.");
        }
        return strongest.get(0);
    }

    private static DiscoveryConfig discovery(
            InheritedProperties group, ConfigurationPropertyName name, DiscoverySettings settings) {
        String source = source(group, name).getLastElement(Form.DASHED);
        return checked(group, name, () -> {
            DiscoveryConfig.Builder discovery = DiscoveryConfig.of(source(source, settings)).toBuilder()
                    .refreshJitter(settings.refreshJitter())
                    .emptyGrace(settings.emptyGrace())
                    .maxWait(settings.maxWait());
            if (settings.refreshInterval() != null) {
                discovery.refreshInterval(settings.refreshInterval());
            }
            if (settings.maxBackoff() != null) {
                discovery.maxBackoff(settings.maxBackoff());
            }
            return discovery.build();
        });
    }

    private static DiscoverySource source(String source, DiscoverySettings settings) {
        String dnsServer = settings.dnsServer();
        if (dnsServer != null && settings.srv() == null) {
            throw new InvalidSettingException("dnsServer", dnsServer, "must stand beside srv");
        }
        return switch (source) {
            case "dns" ->
                from("dns", () -> {
                    ServiceInstance every = ServiceInstance.of(text(settings.dns()));
                    return new DiscoverySource.Dns(every.host(), every.port());
                });
            case "srv" -> {
                DiscoverySource.Srv srv = from("srv", () -> new DiscoverySource.Srv(text(settings.srv()), null));
                yield dnsServer == null ? srv : from("dnsServer", () -> new DiscoverySource.Srv(srv.name(), dnsServer));
            }
            case "file" -> from("file", () -> new DiscoverySource.JsonFile(path(text(settings.file()))));
            default -> from("springCloud", () -> new DiscoverySource.Named(SPRING_CLOUD, text(settings.springCloud())));
        };
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    private static Path path(String file) {
        try {
            if (!file.isBlank()) {
                return Path.of(file);
            }
        } catch (InvalidPathException noPath) {
            throw new InvalidSettingException("file", file, "must be a path (" + noPath.getReason() + ")");
        }
        throw new InvalidSettingException("file", file, "must be a path");
    }

    /** Says which property it was that the model has refused. */
    @SuppressWarnings("UnusedException") // what it says is said
    private static <T> T from(String component, Supplier<T> source) {
        try {
            return source.get();
        } catch (InvalidSettingException refused) {
            throw new InvalidSettingException(component, refused.value(), refused.rule());
        }
    }

    private static List<ServiceInstance> instances(InheritedProperties group, List<InstanceSettings> settings) {
        ConfigurationPropertyName list = group.group().append(INSTANCES);
        List<ServiceInstance> instances = new ArrayList<>();
        Map<String, ConfigurationPropertyName> places = new HashMap<>();
        for (int i = 0; i < settings.size(); i++) {
            ConfigurationPropertyName place = list.append("[" + i + "]");
            ServiceInstance instance = instance(group, place, settings.get(i));
            ConfigurationPropertyName first = places.putIfAbsent(instance.id(), place);
            if (first != null) {
                throw new Refusal(group).duplicate(instance.id(), first, place);
            }
            instances.add(instance);
        }
        return instances;
    }

    private static ServiceInstance instance(
            InheritedProperties group, ConfigurationPropertyName place, InstanceSettings settings) {
        String host = settings.host();
        Integer port = settings.port();
        if (host == null || port == null) {
            throw new Refusal(group).missing(place, host == null ? "host" : "port");
        }
        return checked(group, place, () -> {
            ServiceInstance named = ServiceInstance.of(host + ":" + port, host, port);
            String id = settings.id() == null ? named.address() : settings.id();
            return new ServiceInstance(id, host, port, settings.weight(), settings.healthy(), 0, settings.metadata());
        });
    }

    private LoadBalancerConfig loadBalancer(
            InheritedProperties group, ConfigurationPropertyName name, LoadBalancerSettings settings) {
        SlowStartConfig slowStart = slowStart(group, name.append("slow-start"), settings.slowStart());
        ZoneConfig zone = zone(group, name.append("zone"), settings.zone());
        Map<String, SubsetConfig> subsets = subsets(name.append("subsets"));
        ApertureConfig aperture = aperture(group, name.append("aperture"), settings.aperture());
        return checked(group, name, () -> {
            String custom = customStrategy(group, name, settings.customStrategy());
            if (aperture != null && custom == null && settings.strategy() == LoadBalancerStrategy.CONSISTENT_HASH) {
                throw new Refusal(group).apertureByKey(name);
            }
            return new LoadBalancerConfig(
                    settings.strategy(),
                    custom,
                    settings.hashBalanceFactor(),
                    settings.maxEjectionPercent(),
                    settings.panicThreshold(),
                    slowStart,
                    zone,
                    subsets,
                    aperture);
        });
    }

    private Map<String, SubsetConfig> subsets(ConfigurationPropertyName map) {
        boolean none = state(map) == ConfigurationPropertyState.ABSENT
                && state(DEFAULT_SUBSETS) == ConfigurationPropertyState.ABSENT;
        return none ? Map.of() : Subsets.of(environment, map, DEFAULT_SUBSETS).config();
    }

    private static @Nullable ApertureConfig aperture(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable ApertureSettings settings) {
        if (settings == null || !settings.enabled()) {
            return null;
        }
        if ((settings.client() == null) != (settings.clients() == null)) {
            throw new Refusal(group).halfAPlace(name, settings.client() == null ? "client" : "clients");
        }
        return checked(group, name, () -> new ApertureConfig(settings.size(), settings.client(), settings.clients()));
    }

    private static @Nullable ZoneConfig zone(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable ZoneSettings settings) {
        if (settings == null || !settings.enabled()) {
            return null;
        }
        return checked(group, name, () -> {
            Map<String, Integer> clients = clients(settings.clients());
            if (settings.name() == null) {
                throw new Refusal(group).withoutName(name);
            }
            return new ZoneConfig(settings.name(), settings.minInstances(), clients);
        });
    }

    /** A map would not be inherited. */
    private static Map<String, Integer> clients(List<String> parts) {
        Map<String, Integer> clients = new LinkedHashMap<>();
        for (String part : parts) {
            int equals = part.lastIndexOf('=');
            String number = part.substring(equals + 1).trim();
            if (equals < 1 || !number.matches("[0-9]{1,9}")) {
                throw new InvalidSettingException(
                        "clients", "'" + part + "'", "must be of the form 'zone=part', such as a=2");
            }
            if (clients.put(part.substring(0, equals).trim(), Integer.parseInt(number)) != null) {
                throw new InvalidSettingException("clients", "'" + part + "'", "must name each zone once");
            }
        }
        return clients;
    }

    private static @Nullable SlowStartConfig slowStart(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable SlowStartSettings settings) {
        return settings == null || !settings.enabled()
                ? null
                : checked(
                        group,
                        name,
                        () -> new SlowStartConfig(settings.window(), settings.minPercent(), settings.aggression()));
    }

    /** Of a strategy and one of the application's own the one that is set nearer to the service. */
    private static @Nullable String customStrategy(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable String custom) {
        ConfigurationPropertyName customKey = name.append(CUSTOM_STRATEGY);
        ConfigurationPropertyName builtInKey = name.append("strategy");
        if (!group.isAtLeastAsStrong(builtInKey, customKey)) {
            return custom;
        }
        if (group.isAtLeastAsStrong(customKey, builtInKey)) {
            throw new InvalidSettingException(
                    "customStrategy", custom, "must not stand beside strategy: one can choose");
        }
        return null;
    }

    /**
     * Refuses a strategy of the application's own that is no bean.
     *
     * @param config made of the properties
     * @param strategies names of the beans that are strategies
     */
    public void requireStrategies(MeshConfig config, Collection<String> strategies) {
        config.services().forEach((service, settings) -> {
            String custom = settings.loadBalancer().customStrategy();
            if (custom != null && !strategies.contains(custom)) {
                ConfigurationPropertyName name = SERVICES.append(service);
                ConfigurationPropertyName key = name.append("load-balancer").append(CUSTOM_STRATEGY);
                ConfigurationProperty property = new InheritedProperties(environment, name, null, DEFAULTS).find(key);
                throw Refusal.noStrategy(
                        property == null ? key + " is " + custom : Wording.statement(property), custom, strategies);
            }
        });
    }

    private CircuitBreakerConfig breaker(ConfigurationPropertyName name, StatedSettings stated) {
        InheritedProperties group = new InheritedProperties(environment, name, stated.under(name), DEFAULT_BREAKER);
        return breaker(group, name, group.bind(CircuitBreakerSettings.class));
    }

    private static CircuitBreakerConfig breaker(
            InheritedProperties group, ConfigurationPropertyName name, CircuitBreakerSettings settings) {
        WindowConfig window = window(group, name.append("window"), settings.window());
        return checked(group, name, () -> CircuitBreakerConfig.builder()
                .failureThreshold(settings.failureThreshold())
                .successThreshold(settings.successThreshold())
                .openTimeout(settings.openTimeout())
                .openTimeoutMultiplier(settings.openTimeoutMultiplier())
                .maxOpenTimeout(settings.maxOpenTimeout())
                .openTimeoutJitter(settings.openTimeoutJitter())
                .eagerHalfOpen(settings.eagerHalfOpen())
                .trialTimeout(settings.trialTimeout())
                .recoveryTime(settings.recoveryTime())
                .stuckCallTimeout(settings.stuckCallTimeout())
                .halfOpenMaxCalls(settings.halfOpenMaxCalls())
                .window(window)
                .ignore(array(settings.ignore()))
                .recordSuccess(array(settings.recordSuccess()))
                .recordFailure(array(settings.recordFailure()))
                .build());
    }

    /** A window of calls gives way to a window of time that is set by something stronger, and the other way round. */
    private static @Nullable WindowConfig window(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable WindowSettings settings) {
        if (settings == null) {
            return null;
        }
        if (settings.calls() == null && settings.time() == null) {
            throw new Refusal(group).withoutReach(name);
        }
        ConfigurationPropertyName calls = name.append("calls");
        ConfigurationPropertyName time = name.append("time");
        return checked(
                group,
                name,
                () -> new WindowConfig(
                        group.isAtLeastAsStrong(calls, time) ? settings.calls() : null,
                        group.isAtLeastAsStrong(time, calls) ? settings.time() : null,
                        settings.failureRateThreshold(),
                        settings.minimumCalls(),
                        settings.slowCallDuration(),
                        settings.slowCallRateThreshold(),
                        settings.slowCountsAsFailure()));
    }

    private RetryConfig retry(ConfigurationPropertyName name, StatedSettings stated) {
        InheritedProperties group = new InheritedProperties(environment, name, stated.under(name), DEFAULT_RETRY);
        return retry(group, name, group.bind(RetrySettings.class));
    }

    private static RetryConfig retry(
            InheritedProperties group, ConfigurationPropertyName name, RetrySettings settings) {
        return checked(group, name, () -> RetryConfig.builder()
                .maxAttempts(settings.maxAttempts())
                .initialDelay(settings.initialDelay())
                .multiplier(settings.multiplier())
                .maxDelay(settings.maxDelay())
                .jitter(settings.jitter())
                .maxDuration(settings.maxDuration())
                .attemptTimeout(settings.attemptTimeout())
                .lateResult(settings.lateResult())
                .maxHint(settings.maxHint())
                .retryOn(array(settings.retryOn()))
                .abortOn(array(settings.abortOn()))
                .retryNested(settings.retryNested())
                .budget(budget(group, name.append("budget"), settings.budget()))
                .build());
    }

    private static @Nullable RetryBudgetConfig budget(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable RetryBudgetSettings settings) {
        return settings == null
                ? null
                : checked(
                        group,
                        name,
                        () -> new RetryBudgetConfig(
                                settings.ratio(), settings.minPerSecond(), settings.ttl(), settings.enabled()));
    }

    /** A delay gives way to a percentile that is set by something stronger, and the other way round. */
    private static HedgeConfig hedge(
            InheritedProperties group, ConfigurationPropertyName name, HedgeSettings settings) {
        ConfigurationPropertyName delay = name.append("delay");
        ConfigurationPropertyName percentile = name.append("percentile");
        boolean byDelay = group.isAtLeastAsStrong(delay, percentile);
        boolean byPercentile = group.isAtLeastAsStrong(percentile, delay);
        return checked(
                group,
                name,
                () -> new HedgeConfig(
                        byDelay ? settings.delay() : null,
                        byPercentile || !byDelay ? percentile(settings) : null,
                        settings.maxHedges(),
                        settings.maxExtraLoad(),
                        settings.minDelay()));
    }

    private static @Nullable Double percentile(HedgeSettings settings) {
        return settings.percentile() != null
                ? settings.percentile()
                : HedgeConfig.defaults().percentile();
    }

    private static @Nullable HealthCheckConfig healthCheck(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable HealthCheckSettings settings) {
        return settings == null || !settings.enabled()
                ? null
                : checked(group, name, () -> HealthCheckConfig.builder()
                        .protocol(settings.protocol())
                        .path(settings.path())
                        .port(settings.port())
                        .method(settings.method())
                        .host(settings.host())
                        .headers(headers(settings.headers()))
                        .expectedStatuses(settings.expectedStatuses().toArray(new String[0]))
                        .interval(settings.interval())
                        .timeout(settings.timeout())
                        .unhealthyThreshold(settings.unhealthyThreshold())
                        .healthyThreshold(settings.healthyThreshold())
                        .jitter(settings.jitter())
                        .checkFirst(settings.checkFirst())
                        .build());
    }

    private static Map<String, String> headers(List<String> lines) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new InvalidSettingException("headers", "'" + line + "'", "must be of the form 'Name: value'");
            }
            String name = line.substring(0, colon).trim();
            if (headers.put(name, line.substring(colon + 1).trim()) != null) {
                throw new InvalidSettingException(
                        "headers", "'" + line + "'", "must name each header once, whatever its case");
            }
        }
        return headers;
    }

    private static @Nullable OutlierConfig outlierDetection(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable OutlierSettings settings) {
        return settings == null || !settings.enabled()
                ? null
                : checked(
                        group,
                        name,
                        () -> new OutlierConfig(
                                settings.interval(),
                                settings.minimumInstances(),
                                settings.successRateMinimumCalls(),
                                settings.successRateStdevFactor(),
                                settings.failurePercentageMinimumCalls(),
                                settings.failurePercentageThreshold(),
                                settings.minimumFailurePercentage(),
                                settings.enforcementPercent()));
    }

    private TimeoutConfig timeout(ConfigurationPropertyName name, StatedSettings stated) {
        InheritedProperties group = new InheritedProperties(environment, name, stated.under(name), DEFAULT_TIMEOUT);
        return timeout(group, name, group.bind(TimeoutSettings.class));
    }

    private static TimeoutConfig timeout(
            InheritedProperties group, ConfigurationPropertyName name, TimeoutSettings settings) {
        return checked(group, name, () -> new TimeoutConfig(settings.timeout(), settings.lateResult()));
    }

    private ConcurrencyLimitConfig limit(ConfigurationPropertyName name, StatedSettings stated) {
        InheritedProperties group = new InheritedProperties(environment, name, stated.under(name), DEFAULT_LIMIT);
        return limit(group, name, group.bind(ConcurrencyLimitSettings.class));
    }

    private static ConcurrencyLimitConfig limit(
            InheritedProperties group, ConfigurationPropertyName name, InstanceConcurrencyLimitSettings settings) {
        return limit(
                group,
                name,
                new ConcurrencyLimitSettings(settings.maxConcurrent(), Duration.ZERO, settings.adaptive()));
    }

    private static ConcurrencyLimitConfig limit(
            InheritedProperties group, ConfigurationPropertyName name, ConcurrencyLimitSettings settings) {
        AdaptiveLimitConfig adaptive = adaptive(group, name.append("adaptive"), settings.adaptive());
        return checked(
                group, name, () -> new ConcurrencyLimitConfig(settings.maxConcurrent(), settings.maxWait(), adaptive));
    }

    private static @Nullable AdaptiveLimitConfig adaptive(
            InheritedProperties group, ConfigurationPropertyName name, @Nullable AdaptiveLimitSettings settings) {
        return settings == null || !settings.enabled()
                ? null
                : checked(
                        group,
                        name,
                        () -> new AdaptiveLimitConfig(
                                settings.minLimit(),
                                settings.initialLimit(),
                                settings.tolerance(),
                                settings.probeInterval()));
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of a generic type
    private static Class<? extends Throwable>[] array(Set<Class<? extends Throwable>> types) {
        return types.toArray(new Class[0]);
    }

    private static <T> T checked(InheritedProperties group, ConfigurationPropertyName name, Supplier<T> model) {
        try {
            return model.get();
        } catch (InvalidSettingException refused) {
            throw new Refusal(group).of(name, refused);
        }
    }

    /** The entries of a map, each with a property that is part of it. */
    private static Map<String, ConfigurationProperty> named(Environment environment, ConfigurationPropertyName map) {
        Map<String, ConfigurationProperty> entries = ConfiguredNames.under(environment, map);
        entries.forEach((name, property) -> {
            if (!isName(name)) {
                throw Refusal.name(name, map, property);
            }
        });
        return entries;
    }

    private static ConfigurationPropertyName entry(ConfigurationPropertyName map, ConfigurationProperty written) {
        return written.getName().chop(map.getNumberOfElements() + 1);
    }

    static boolean isName(String name) {
        try {
            MeshConfig.requireName("name", name);
            return true;
        } catch (InvalidSettingException notOne) {
            return false;
        }
    }
}
