package sinew.runtime;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Holds the house rules of docs/architecture.md: dependencies run one way, and each foreign library is
/// seen by the one package that is there for it.
class ArchitectureTest {
    private static JavaClasses sinew;

    @BeforeAll
    static void read() {
        sinew = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("sinew");
    }

    @Test
    void kernelsKnowNoModel() {
        classes()
                .that()
                .resideInAPackage("sinew.kernels..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("sinew.kernels..", "java..", "jdk.incubator.vector..", "jcuda..")
                .check(sinew);
    }

    @Test
    void onlyTheCudaPackageSeesJCuda() {
        noClasses()
                .that()
                .resideOutsideOfPackage("sinew.kernels.cuda..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jcuda..")
                .check(sinew);
        noClasses()
                .that()
                .resideInAPackage("sinew.kernels")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("sinew.kernels.cuda..")
                .check(sinew);
    }

    @Test
    void engineKnowsOnlyKernelsAndTheJdk() {
        classes()
                .that()
                .resideInAPackage("sinew.engine..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("sinew.engine..", "sinew.kernels..", "java..")
                .check(sinew);
    }

    @Test
    void engineKnowsNoSockets() {
        noClasses()
                .that()
                .resideInAnyPackage("sinew.engine..", "sinew.kernels..", "sinew.convert..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net.http..", "io.undertow..", "sinew.runtime..")
                .check(sinew);
    }

    @Test
    void onlyServerAndMonitorSeeUndertow() {
        noClasses()
                .that()
                .resideOutsideOfPackages("sinew.runtime.serve..", "sinew.runtime.monitor..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.undertow..", "org.xnio..")
                .check(sinew);
    }

    @Test
    void onlyTheCommandLineSeesPicocli() {
        noClasses()
                .that()
                .resideOutsideOfPackages("sinew.runtime.cli..", "sinew.bench..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("picocli..")
                .check(sinew);
    }

    @Test
    void onlyTheWireSeesMessagePack() {
        noClasses()
                .that()
                .resideOutsideOfPackage("sinew.runtime.wire..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.msgpack..")
                .check(sinew);
    }

    @Test
    void onlyTheSimulationSeesThePhysicsEngine() {
        noClasses()
                .that()
                .resideOutsideOfPackage("sinew.runtime.sim..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.ode4j..")
                .check(sinew);
    }

    @Test
    void onlyTheDataSetsSeeTheParquetReader() {
        noClasses()
                .that()
                .resideOutsideOfPackage("sinew.runtime.dataset..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.hardwood..")
                .check(sinew);
    }

    @Test
    void onlyTheArmSeesTheSerialPort() {
        noClasses()
                .that()
                .resideOutsideOfPackage("sinew.runtime.arm..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fazecast..")
                .check(sinew);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("sinew.(*)..").should().beFreeOfCycles().check(sinew);
        slices().matching("sinew.engine.(*)..").should().beFreeOfCycles().check(sinew);
        slices().matching("sinew.runtime.(*)..").should().beFreeOfCycles().check(sinew);
    }
}
