package io.mesh.spring.aop;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.asm.ConstantDynamic;
import org.springframework.asm.Handle;
import org.springframework.asm.Label;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.asm.Type;

/**
 * Hears, by name and descriptor, which methods the code of a method calls on {@code this}, or makes a method reference of.
 * Follows where {@code this} is on the stack, forwards and through branches; where that cannot be told it hears nothing.
 */
final class OwnCalls extends MethodVisitor {

    private final boolean hasThis;
    private final Consumer<? super String> called;
    private final Map<Label, Stack> expected = new HashMap<>(); // where a jump leads to
    private Stack stack = new Stack();
    private boolean reachable = true;

    OwnCalls(int access, Consumer<? super String> called) {
        super(SpringAsmInfo.ASM_VERSION);
        this.hasThis = (access & Opcodes.ACC_STATIC) == 0;
        this.called = called;
    }

    /** Which slots of the stack are {@code this}. One for each value, two for a long and a double. */
    private static final class Stack {

        private final BitSet self = new BitSet();
        private int size;

        void push(int slots) {
            size += slots;
        }

        void pop(int slots) {
            size = Math.max(0, size - slots); // less is known than there is behind code that was not followed
            self.clear(size, Math.max(size, self.length()));
        }

        void change(int slots) {
            if (slots > 0) {
                push(slots);
            } else {
                pop(-slots);
            }
        }

        void pushSelf() {
            self.set(size);
            size++;
        }

        /** Whether the value so deep down is {@code this}: 1 is the top. */
        boolean isSelf(int depth) {
            return depth > 0 && depth <= size && self.get(size - depth);
        }

        void forget(int slots) {
            self.clear(Math.max(0, size - slots), size);
        }

        /** What holds on both of two ways to one place: of how many slots is known on both, and which are {@code this}. */
        Stack meet(Stack other) {
            Stack both = new Stack();
            both.size = Math.min(size, other.size);
            for (int depth = 1; depth <= both.size; depth++) {
                both.self.set(both.size - depth, isSelf(depth) && other.isSelf(depth));
            }
            return both;
        }

        Stack copy() {
            Stack copy = new Stack();
            copy.self.or(self);
            copy.size = size;
            return copy;
        }
    }

    private void jump(Label to) {
        expected.merge(to, stack.copy(), Stack::meet);
    }

    private void end() {
        stack = new Stack();
        reachable = false;
    }

    @Override
    public void visitLabel(Label label) {
        Stack before = expected.get(label);
        if (!reachable) {
            stack = before == null ? new Stack() : before.copy();
            reachable = true;
        } else if (before != null) {
            stack = stack.meet(before);
        }
    }

    @Override
    public void visitInsn(int opcode) {
        switch (opcode) {
            case Opcodes.DUP -> {
                if (stack.isSelf(1)) {
                    stack.pushSelf();
                } else {
                    stack.push(1);
                }
            }
            case Opcodes.DUP_X1, Opcodes.DUP_X2 -> {
                stack.forget(opcode == Opcodes.DUP_X1 ? 2 : 3);
                stack.push(1);
            }
            case Opcodes.DUP2 -> stack.push(2);
            case Opcodes.DUP2_X1, Opcodes.DUP2_X2 -> {
                stack.forget(opcode == Opcodes.DUP2_X1 ? 3 : 4);
                stack.push(2);
            }
            case Opcodes.SWAP -> stack.forget(2);
            case Opcodes.IRETURN,
                    Opcodes.LRETURN,
                    Opcodes.FRETURN,
                    Opcodes.DRETURN,
                    Opcodes.ARETURN,
                    Opcodes.RETURN,
                    Opcodes.ATHROW -> end();
            default -> stack.change(change(opcode));
        }
    }

    /** By how many slots the stack grows. None of these instructions takes or makes {@code this} but to throw it away. */
    private static int change(int opcode) {
        return switch (opcode) {
            case Opcodes.LCONST_0, Opcodes.LCONST_1, Opcodes.DCONST_0, Opcodes.DCONST_1 -> 2;
            case Opcodes.ACONST_NULL,
                    Opcodes.ICONST_M1,
                    Opcodes.ICONST_0,
                    Opcodes.ICONST_1,
                    Opcodes.ICONST_2,
                    Opcodes.ICONST_3,
                    Opcodes.ICONST_4,
                    Opcodes.ICONST_5,
                    Opcodes.FCONST_0,
                    Opcodes.FCONST_1,
                    Opcodes.FCONST_2,
                    Opcodes.I2L,
                    Opcodes.I2D,
                    Opcodes.F2L,
                    Opcodes.F2D -> 1;
            case Opcodes.IALOAD,
                    Opcodes.FALOAD,
                    Opcodes.AALOAD,
                    Opcodes.BALOAD,
                    Opcodes.CALOAD,
                    Opcodes.SALOAD,
                    Opcodes.POP,
                    Opcodes.IADD,
                    Opcodes.FADD,
                    Opcodes.ISUB,
                    Opcodes.FSUB,
                    Opcodes.IMUL,
                    Opcodes.FMUL,
                    Opcodes.IDIV,
                    Opcodes.FDIV,
                    Opcodes.IREM,
                    Opcodes.FREM,
                    Opcodes.ISHL,
                    Opcodes.ISHR,
                    Opcodes.IUSHR,
                    Opcodes.LSHL,
                    Opcodes.LSHR,
                    Opcodes.LUSHR,
                    Opcodes.IAND,
                    Opcodes.IOR,
                    Opcodes.IXOR,
                    Opcodes.L2I,
                    Opcodes.L2F,
                    Opcodes.D2I,
                    Opcodes.D2F,
                    Opcodes.FCMPL,
                    Opcodes.FCMPG,
                    Opcodes.MONITORENTER,
                    Opcodes.MONITOREXIT -> -1;
            case Opcodes.POP2,
                    Opcodes.LADD,
                    Opcodes.DADD,
                    Opcodes.LSUB,
                    Opcodes.DSUB,
                    Opcodes.LMUL,
                    Opcodes.DMUL,
                    Opcodes.LDIV,
                    Opcodes.DDIV,
                    Opcodes.LREM,
                    Opcodes.DREM,
                    Opcodes.LAND,
                    Opcodes.LOR,
                    Opcodes.LXOR -> -2;
            case Opcodes.IASTORE,
                    Opcodes.FASTORE,
                    Opcodes.AASTORE,
                    Opcodes.BASTORE,
                    Opcodes.CASTORE,
                    Opcodes.SASTORE,
                    Opcodes.LCMP,
                    Opcodes.DCMPL,
                    Opcodes.DCMPG -> -3;
            case Opcodes.LASTORE, Opcodes.DASTORE -> -4;
            default -> 0;
        };
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
        if (opcode != Opcodes.NEWARRAY) {
            stack.push(1);
        }
    }

    @Override
    public void visitVarInsn(int opcode, int variable) {
        switch (opcode) {
            case Opcodes.ALOAD -> {
                if (hasThis && variable == 0) {
                    stack.pushSelf();
                } else {
                    stack.push(1);
                }
            }
            case Opcodes.ILOAD, Opcodes.FLOAD -> stack.push(1);
            case Opcodes.LLOAD, Opcodes.DLOAD -> stack.push(2);
            case Opcodes.LSTORE, Opcodes.DSTORE -> stack.pop(2);
            default -> stack.pop(1);
        }
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
        if (opcode == Opcodes.NEW) {
            stack.push(1);
        } else if (opcode == Opcodes.INSTANCEOF) {
            stack.forget(1);
        }
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
        int size = Type.getType(descriptor).getSize();
        switch (opcode) {
            case Opcodes.GETSTATIC -> stack.push(size);
            case Opcodes.PUTSTATIC -> stack.pop(size);
            case Opcodes.GETFIELD -> {
                stack.pop(1);
                stack.push(size);
            }
            default -> stack.pop(size + 1);
        }
    }

    @Override
    public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
        int taken = Type.getArgumentsAndReturnSizes(descriptor) >> 2; // with the object
        if (opcode == Opcodes.INVOKESTATIC) {
            taken--;
        } else if (opcode != Opcodes.INVOKESPECIAL && stack.isSelf(taken)) { // not by super
            called.accept(name + descriptor);
        }
        stack.pop(taken);
        stack.push(Type.getReturnType(descriptor).getSize());
    }

    @Override
    public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
        int taken = Arrays.stream(Type.getArgumentTypes(descriptor))
                .mapToInt(Type::getSize)
                .sum();
        if (stack.isSelf(taken)) { // captured first, as the object of a method reference is
            for (Object argument : arguments) {
                if (argument instanceof Handle method) {
                    called.accept(method.getName() + method.getDesc());
                }
            }
        }
        stack.pop(taken);
        stack.push(Type.getReturnType(descriptor).getSize());
    }

    @Override
    public void visitJumpInsn(int opcode, Label label) {
        switch (opcode) {
            case Opcodes.GOTO -> {
                jump(label);
                end();
            }
            case Opcodes.IFEQ,
                    Opcodes.IFNE,
                    Opcodes.IFLT,
                    Opcodes.IFGE,
                    Opcodes.IFGT,
                    Opcodes.IFLE,
                    Opcodes.IFNULL,
                    Opcodes.IFNONNULL -> {
                stack.pop(1);
                jump(label);
            }
            default -> {
                stack.pop(2);
                jump(label);
            }
        }
    }

    @Override
    public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... labels) {
        visitSwitch(otherwise, labels);
    }

    @Override
    public void visitLookupSwitchInsn(Label otherwise, int[] keys, Label[] labels) {
        visitSwitch(otherwise, labels);
    }

    private void visitSwitch(Label otherwise, Label... labels) {
        stack.pop(1);
        jump(otherwise);
        for (Label label : labels) {
            jump(label);
        }
        end();
    }

    @Override
    public void visitLdcInsn(Object value) {
        boolean isWide = value instanceof Long
                || value instanceof Double
                || (value instanceof ConstantDynamic constant && constant.getSize() == 2);
        stack.push(isWide ? 2 : 1);
    }

    @Override
    public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
        stack.pop(dimensions);
        stack.push(1);
    }
}
