package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RehearsalTest {
    /// Not operations, or those that are for devices only: on this processor pictures and samplers have arithmetic of
    /// their own.
    private static final Set<String> OTHERS =
            Set.of("name", "device", "prefersWinograd", "resample", "impose", "denoise");

    /// Through the plain kernels, which check every operand.
    @ParameterizedTest
    @EnumSource(WeightType.class)
    void everyOperationIsRehearsed(WeightType type) {
        TreeSet<String> called = new TreeSet<>();
        Kernels plain = Kernels.checked(new ScalarKernels());
        Kernels listening = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    called.add(method.getName());
                    return method.invoke(plain, arguments);
                });
        Rehearsal.run(listening, type, true, 0, () -> false);
        assertEquals(operations(), called);
    }

    private static TreeSet<String> operations() {
        return Arrays.stream(Kernels.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .map(Method::getName)
                .filter(name -> !OTHERS.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
