package sinew.engine.text;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sinew.engine.weights.Metadata;

/// CLIP's byte-pair encoding (Radford et al. 2021; Sennrich et al. 2016), with the vocabulary and the merges of a
/// checkpoint's own tokenizer files. Text is lower-cased and its white space collapsed, as transformers' CLIPTokenizerFast
/// does; words end in `</w>`.
public final class ClipTokenizer {
    private static final String TOKENS = "tokenizer.clip.tokens";
    private static final String MERGES = "tokenizer.clip.merges";
    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";
    private static final String WORD_END = "</w>";
    private static final Pattern WHITE = Pattern.compile("\\s+");
    private static final Pattern WORDS = Pattern.compile(
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+");
    private static final String[] BYTES = byteSymbols();

    private final List<String> tokens;
    private final List<String> merges;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, Integer> ranks = new HashMap<>();
    private final int start;
    private final int end;

    /// @param tokens by their numbers
    /// @param merges pairs of symbols with a space between them, the first merged first
    /// @throws IllegalArgumentException when the vocabulary cannot be one
    public ClipTokenizer(List<String> tokens, List<String> merges) {
        this.tokens = List.copyOf(tokens);
        this.merges = List.copyOf(merges);
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
        for (int rank = 0; rank < merges.size(); rank++) {
            ranks.putIfAbsent(merges.get(rank), rank);
        }
        start = special(START);
        end = special(END);
    }

    private int special(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException("the vocabulary has no " + token + ", so it is not CLIP's");
        }
        return id;
    }

    /// The tokenizer of a weights file, or null when it has none.
    public static ClipTokenizer read(Metadata metadata) {
        if (!metadata.has(TOKENS)) {
            return null;
        }
        try {
            return new ClipTokenizer(metadata.strings(TOKENS), metadata.strings(MERGES));
        } catch (IllegalArgumentException e) {
            throw metadata.problem(TOKENS, e.getMessage());
        }
    }

    public void write(Metadata.Builder out) {
        out.putStrings(TOKENS, tokens);
        out.putStrings(MERGES, merges);
    }

    /// Number of the token that ends every text and pads it.
    public int end() {
        return end;
    }

    /// The text between the tokens of start and end, cut or padded with the end to `length` tokens.
    ///
    /// @throws IllegalArgumentException when the vocabulary lacks a symbol of the text
    public float[] encode(String text, int length) {
        List<Integer> numbers = new ArrayList<>();
        String clean = WHITE.matcher(Normalizer.normalize(text, Normalizer.Form.NFC)).replaceAll(" ")
                .toLowerCase(Locale.ROOT).strip();
        Matcher words = WORDS.matcher(clean);
        while (words.find()) {
            word(words.group(), numbers);
        }
        float[] out = new float[length];
        Arrays.fill(out, end);
        out[0] = start;
        for (int i = 0; i < Math.min(numbers.size(), length - 2); i++) {
            out[i + 1] = numbers.get(i);
        }
        return out;
    }

    private void word(String word, List<Integer> numbers) {
        if (word.equals(START) || word.equals(END)) {
            numbers.add(ids.get(word));
            return;
        }
        List<String> symbols = new ArrayList<>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            symbols.add(BYTES[b & 0xFF]);
        }
        symbols.set(symbols.size() - 1, symbols.getLast() + WORD_END);
        merge(symbols);
        for (String symbol : symbols) {
            Integer id = ids.get(symbol);
            if (id == null) {
                throw new IllegalArgumentException("the vocabulary has no token for \"" + symbol + "\" of \"" + word
                        + "\": the tokenizer's files are incomplete");
            }
            numbers.add(id);
        }
    }

    /// Joins the pair that was merged first in training, wherever it stands, until there is none.
    private void merge(List<String> symbols) {
        while (symbols.size() > 1) {
            String best = null;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                String pair = symbols.get(i) + " " + symbols.get(i + 1);
                int rank = ranks.getOrDefault(pair, Integer.MAX_VALUE);
                if (rank < bestRank) {
                    best = pair;
                    bestRank = rank;
                }
            }
            if (best == null) {
                return;
            }
            for (int i = 0; i + 1 < symbols.size(); i++) {
                if (best.equals(symbols.get(i) + " " + symbols.get(i + 1))) {
                    symbols.set(i, symbols.get(i) + symbols.remove(i + 1));
                }
            }
        }
    }

    /// A printable character for each byte: its own where it has one, else one from 256 on, in order.
    private static String[] byteSymbols() {
        String[] symbols = new String[256];
        int other = 256;
        for (int b = 0; b < symbols.length; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            symbols[b] = Character.toString(printable ? b : other++);
        }
        return symbols;
    }
}
