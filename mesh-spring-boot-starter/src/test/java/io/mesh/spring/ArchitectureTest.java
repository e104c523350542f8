package io.mesh.spring;

import static com.tngtech.archunit.core.domain.JavaModifier.SYNCHRONIZED;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.concurrent.locks.Lock;
import org.springframework.boot.autoconfigure.AutoConfiguration;

@AnalyzeClasses(packages = "io.mesh.spring", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule autoconfigureHoldsNothingButAutoConfigurations = classes()
            .that()
            .resideInAPackage("..autoconfigure..")
            .and()
            .doNotHaveSimpleName("package-info")
            .should()
            .beAnnotatedWith(AutoConfiguration.class);

    @ArchTest
    static final ArchRule nothingDependsOnTheAutoConfigurations = noClasses()
            .that()
            .resideOutsideOfPackage("..autoconfigure..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.mesh.spring.autoconfigure..");

    @ArchTest
    static final ArchRule propertiesKnowNothingOfInjectionAndAdvice = noClasses()
            .that()
            .resideInAPackage("..properties..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..inject..", "..aop..", "io.mesh.proxy..");

    @ArchTest
    static final ArchRule injectionAndAdviceDoNotKnowEachOther = noClasses()
            .that()
            .resideInAPackage("..inject..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.mesh.spring.aop..");

    @ArchTest
    static final ArchRule adviceDoesNotKnowInjection = noClasses()
            .that()
            .resideInAPackage("..aop..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.mesh.spring.inject..");

    @ArchTest
    static final ArchRule adviceLocksNothing = noClasses()
            .that()
            .resideInAPackage("..aop..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Lock.class)
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.concurrent\\.(Semaphore|CountDownLatch|.*Queue)");

    @ArchTest
    static final ArchRule adviceIsNotSynchronized = noMethods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAPackage("..aop..")
            .should()
            .haveModifier(SYNCHRONIZED);

    @ArchTest
    static final ArchRule onlySpringTheCoreAndTheJdk = classes()
            .that()
            .resideInAPackage("io.mesh.spring..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "io.mesh..",
                    "org.springframework.aop..",
                    "org.springframework.asm..",
                    "org.springframework.beans..",
                    "org.springframework.boot..",
                    "org.springframework.cloud.client..",
                    "org.springframework.context..",
                    "org.springframework.core..",
                    "org.springframework.util..",
                    "org.aopalliance..",
                    "org.apache.commons.logging..",
                    "org.jspecify..");
}
