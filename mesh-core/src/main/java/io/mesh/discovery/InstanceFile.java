package io.mesh.discovery;

import io.mesh.discovery.Json.Value;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a file of instances says: an object whose only key, {@code instances}, is a list of addresses or of objects with
 * {@code id}, {@code host}, {@code port}, {@code weight}, {@code healthy} and {@code metadata}, as in the model. A key that
 * is not known is refused, or a misspelled weight would go unseen.
 */
final class InstanceFile {

    private static final Set<String> KEYS = Set.of("id", "host", "port", "weight", "healthy", "metadata");
    private static final String EXAMPLE = "write it as \"10.0.0.1:8080\" or {\"host\": \"10.0.0.1\", \"port\": 8080}";

    private final String file;
    private final String text;

    private InstanceFile(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /**
     * Reads the instances, in the order of the file.
     *
     * @param file its name, for messages
     * @throws InstanceFileException if it is not JSON, or says something else
     */
    static List<ServiceInstance> parse(String file, String text) throws InstanceFileException {
        return new InstanceFile(file, text).instances(Json.parse(file, text));
    }

    private List<ServiceInstance> instances(Value root) throws InstanceFileException {
        Map<String, Value> entries = object(root, "the file", "write {\"instances\": [...]}");
        Value list = entries.get("instances");
        for (Map.Entry<String, Value> entry : entries.entrySet()) {
            if (!entry.getKey().equals("instances")) {
                throw refuse(
                        entry.getValue(), "there is an unknown key \"" + entry.getKey() + "\"", "use \"instances\"");
            }
        }
        if (list == null) {
            throw refuse(root, "there is no key \"instances\"", "write {\"instances\": [...]}");
        }
        if (!(list.content() instanceof List<?> values)) {
            throw refuse(list, "instances is " + list.kind(), "write a list in square brackets");
        }
        List<ServiceInstance> instances = new ArrayList<>();
        for (Object value : values) {
            instances.add(instance((Value) value));
        }
        return List.copyOf(instances);
    }

    private ServiceInstance instance(Value entry) throws InstanceFileException {
        if (entry.content() instanceof String address) {
            return checked(entry, Map.of(), () -> ServiceInstance.of(address));
        }
        Map<String, Value> fields = object(entry, "an instance", EXAMPLE);
        for (Map.Entry<String, Value> field : fields.entrySet()) {
            if (!KEYS.contains(field.getKey())) {
                throw refuse(
                        field.getValue(),
                        "there is an unknown key \"" + field.getKey() + "\"",
                        "an instance has id, host, port, weight, healthy and metadata");
            }
        }
        String host = string(fields, "host");
        Integer port = integer(fields, "port");
        if (host == null || port == null) {
            throw refuse(entry, "the instance has no " + (host == null ? "host" : "port"), EXAMPLE);
        }
        String id = string(fields, "id");
        Integer weight = integer(fields, "weight");
        Boolean healthy = bool(fields);
        Map<String, String> metadata = metadata(fields.get("metadata"));
        return checked(entry, fields, () -> {
            String name =
                    id != null ? id : ServiceInstance.of("file", host, port).address();
            return new ServiceInstance(
                    name, host, port, weight == null ? 1 : weight, healthy == null || healthy, 0, metadata);
        });
    }

    private Map<String, String> metadata(@Nullable Value entries) throws InstanceFileException {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (entries != null) {
            for (Map.Entry<String, Value> entry :
                    object(entries, "metadata", "write {\"zone\": \"a\"}").entrySet()) {
                Value value = entry.getValue();
                if (!(value.content() instanceof String content)) {
                    throw refuse(
                            value,
                            "metadata \"" + entry.getKey() + "\" is " + value.kind(),
                            "write text in double quotes");
                }
                metadata.put(entry.getKey(), content);
            }
        }
        return metadata;
    }

    private @Nullable String string(Map<String, Value> fields, String key) throws InstanceFileException {
        Value value = fields.get(key);
        if (value == null) {
            return null;
        }
        if (value.content() instanceof String content) {
            return content;
        }
        throw refuse(value, key + " is " + value.kind(), "write text in double quotes");
    }

    private @Nullable Integer integer(Map<String, Value> fields, String key) throws InstanceFileException {
        Value value = fields.get(key);
        if (value == null) {
            return null;
        }
        if (value.content() instanceof Json.NumberText number) {
            try {
                return Integer.valueOf(number.text());
            } catch (NumberFormatException noInteger) {
                throw refuse(value, key + " is " + value.kind(), "write a whole number below 2147483648");
            }
        }
        throw refuse(value, key + " is " + value.kind(), "write a whole number without quotes");
    }

    private @Nullable Boolean bool(Map<String, Value> fields) throws InstanceFileException {
        Value value = fields.get("healthy");
        if (value == null) {
            return null;
        }
        if (value.content() instanceof Boolean content) {
            return content;
        }
        throw refuse(value, "healthy is " + value.kind(), "write true or false without quotes");
    }

    @SuppressWarnings("unchecked") // every map that Json makes is of this type
    private Map<String, Value> object(Value value, String what, String mend) throws InstanceFileException {
        if (value.content() instanceof Map<?, ?> map) {
            return (Map<String, Value>) map;
        }
        throw refuse(value, what + " is " + value.kind(), mend);
    }

    private interface Model {
        ServiceInstance make();
    }

    /** What the model refuses stands at the field it refuses, or at the instance if the file has no such field. */
    private ServiceInstance checked(Value entry, Map<String, Value> fields, Model model) throws InstanceFileException {
        try {
            return model.make();
        } catch (InvalidSettingException refused) {
            Value field = fields.get(refused.component());
            throw refuse(
                    field == null ? entry : field,
                    refused.component() + " is " + refused.value(),
                    "it " + refused.rule());
        }
    }

    private InstanceFileException refuse(Value value, String what, String mend) {
        return InstanceFileException.at(file, text, value.at(), what, mend);
    }
}
