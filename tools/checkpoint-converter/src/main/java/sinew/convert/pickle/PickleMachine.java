package sinew.convert.pickle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The stack machine that a pickle is a program for, with the instructions that PyTorch's savers use.
final class PickleMachine {
    private static final Object MARK = new Object();

    private final ByteCursor in;
    private final PickleEnvironment environment;
    private final PickleLimits limits;
    private final ArrayList<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private int marks;

    PickleMachine(ByteCursor in, PickleEnvironment environment, PickleLimits limits) {
        this.in = in;
        this.environment = environment;
        this.limits = limits;
    }

    Object run() {
        if (in.remaining() < 2 || in.u8() != Opcode.PROTO) {
            throw new PickleException("does not begin as a pickle of protocol 2 or later does");
        }
        int protocol = in.u8();
        if (protocol < 2 || protocol > 5) {
            throw new PickleException("is a pickle of protocol " + protocol + ", only 2 to 5 are read");
        }
        for (int count = 0; count < limits.opcodes(); count++) {
            int opcode = in.u8();
            if (opcode == Opcode.STOP) {
                return finish();
            }
            step(opcode);
        }
        throw new PickleException("has more than " + limits.opcodes() + " instructions");
    }

    private Object finish() {
        Object value = pop();
        if (!stack.isEmpty()) {
            throw damaged("ends with " + stack.size() + " values left over");
        }
        if (in.remaining() > 0) {
            throw damaged("goes on for " + in.remaining() + " bytes after its end");
        }
        return value;
    }

    private void step(int opcode) {
        switch (opcode) {
            case Opcode.FRAME -> in.i64();
            case Opcode.MARK -> mark();
            case Opcode.NONE -> stack.add(null);
            case Opcode.NEWTRUE -> stack.add(true);
            case Opcode.NEWFALSE -> stack.add(false);
            case Opcode.BININT -> stack.add((long) in.i32());
            case Opcode.BININT1 -> stack.add((long) in.u8());
            case Opcode.BININT2 -> stack.add((long) in.u16());
            case Opcode.LONG1 -> stack.add(in.integer(in.u8()));
            case Opcode.BINFLOAT -> stack.add(in.bigEndianDouble());
            case Opcode.SHORT_BINUNICODE -> stack.add(in.utf8(in.u8()));
            case Opcode.BINUNICODE -> stack.add(in.utf8(in.u32()));
            case Opcode.BINUNICODE8 -> stack.add(in.utf8(in.i64()));
            case Opcode.SHORT_BINBYTES -> stack.add(in.take(in.u8()));
            case Opcode.BINBYTES -> stack.add(in.take(in.u32()));
            case Opcode.BINBYTES8 -> stack.add(in.take(in.i64()));
            case Opcode.BINPUT -> put(in.u8());
            case Opcode.LONG_BINPUT -> put(in.u32());
            case Opcode.MEMOIZE -> put(memo.size());
            case Opcode.BINGET -> get(in.u8());
            case Opcode.LONG_BINGET -> get(in.u32());
            default -> stepContainer(opcode);
        }
    }

    private void stepContainer(int opcode) {
        switch (opcode) {
            case Opcode.EMPTY_DICT -> stack.add(new LinkedHashMap<>());
            case Opcode.EMPTY_LIST -> stack.add(new ArrayList<>());
            case Opcode.EMPTY_TUPLE -> stack.add(List.of());
            case Opcode.TUPLE1 -> stack.add(tuple(popLast(1)));
            case Opcode.TUPLE2 -> stack.add(tuple(popLast(2)));
            case Opcode.TUPLE3 -> stack.add(tuple(popLast(3)));
            case Opcode.TUPLE -> stack.add(tuple(popToMark()));
            case Opcode.APPEND -> append(popLast(1));
            case Opcode.APPENDS -> append(popToMark());
            case Opcode.SETITEM -> setItems(popLast(2));
            case Opcode.SETITEMS -> setItems(popToMark());
            case Opcode.GLOBAL -> global(in.line(), in.line());
            case Opcode.STACK_GLOBAL -> stackGlobal();
            case Opcode.REDUCE, Opcode.NEWOBJ -> call();
            case Opcode.BUILD -> build();
            case Opcode.BINPERSID -> stack.add(environment.persistent(pop()));
            default -> throw damaged("has the instruction 0x" + Integer.toHexString(opcode)
                    + ", which PyTorch's savers do not write,");
        }
    }

    private void mark() {
        if (++marks > limits.depth()) {
            throw damaged("nests values more than " + limits.depth() + " deep");
        }
        stack.add(MARK);
    }

    private void put(long index) {
        memo.put(index, top());
    }

    private void get(long index) {
        Object value = memo.get(index);
        if (value == null && !memo.containsKey(index)) {
            throw damaged("refers to value " + index + ", which it has not stored,");
        }
        stack.add(value);
    }

    private static List<Object> tuple(Object[] values) {
        return Collections.unmodifiableList(Arrays.asList(values));
    }

    private void append(Object[] values) {
        if (!(top() instanceof ArrayList<?> list)) {
            throw damaged("appends to something that is not a list");
        }
        @SuppressWarnings("unchecked")
        ArrayList<Object> open = (ArrayList<Object>) list;
        Collections.addAll(open, values);
    }

    private void setItems(Object[] values) {
        if (values.length % 2 != 0) {
            throw damaged("sets a key without a value");
        }
        if (!(top() instanceof LinkedHashMap<?, ?> map)) {
            throw damaged("sets a key in something that is not a dict");
        }
        @SuppressWarnings("unchecked")
        LinkedHashMap<Object, Object> open = (LinkedHashMap<Object, Object>) map;
        for (int i = 0; i < values.length; i += 2) {
            open.put(key(values[i]), values[i + 1]);
        }
    }

    /// A container as a key would have us hash it, however deep or cyclic it is.
    private Object key(Object value) {
        return switch (value) {
            case String _, Long _, Double _, Boolean _ -> value;
            case null, default -> throw damaged("has a key that is neither text nor a number");
        };
    }

    private void stackGlobal() {
        Object[] names = popLast(2);
        if (!(names[0] instanceof String module && names[1] instanceof String name)) {
            throw damaged("names a class by something that is not text");
        }
        global(module, name);
    }

    private void global(String module, String name) {
        PickleClass known = environment.find(module, name);
        if (known == null) {
            throw new PickleException("asks for the Python class or function " + shown(module) + "." + shown(name)
                    + ", which is not on the list of those allowed in a checkpoint. Nothing of it was run. Checkpoints "
                    + "of diffusion_policy do not hold it: load this file nowhere else unless you trust its source");
        }
        stack.add(known);
    }

    private static String shown(String name) {
        String cut = name.length() > 100 ? name.substring(0, 100) + "..." : name;
        return cut.replaceAll("\\p{Cntrl}", "?");
    }

    private void call() {
        Object arguments = pop();
        Object callee = pop();
        if (!(callee instanceof PickleClass function)) {
            throw damaged("calls something that is not a class or function");
        }
        if (!(arguments instanceof List<?> list)) {
            throw damaged("calls " + function.name() + " without a tuple of arguments");
        }
        stack.add(function.call(Collections.unmodifiableList(list)));
    }

    private void build() {
        Object state = pop();
        switch (top()) {
            case PickleObject object -> object.build(state);
            // An OrderedDict's attributes, such as the _metadata of a state dict: nothing that the values need.
            case LinkedHashMap<?, ?> _ -> { }
            case null, default -> throw damaged("gives a state to a value that has none");
        }
    }

    private Object top() {
        if (stack.isEmpty() || stack.getLast() == MARK) {
            throw damaged("uses a value that is not there");
        }
        return stack.getLast();
    }

    private Object pop() {
        Object value = top();
        stack.removeLast();
        return value;
    }

    private Object[] popLast(int count) {
        Object[] values = new Object[count];
        for (int i = count - 1; i >= 0; i--) {
            values[i] = pop();
        }
        return values;
    }

    private Object[] popToMark() {
        if (marks == 0) {
            throw damaged("closes a group that it did not open");
        }
        int from = stack.size() - 1;
        while (stack.get(from) != MARK) {
            from--;
        }
        List<Object> group = stack.subList(from + 1, stack.size());
        Object[] values = group.toArray();
        stack.subList(from, stack.size()).clear();
        marks--;
        return values;
    }

    private PickleException damaged(String problem) {
        return new PickleException(problem + " near byte " + in.position() + ". The file is damaged, or was not saved "
                + "by PyTorch");
    }
}
