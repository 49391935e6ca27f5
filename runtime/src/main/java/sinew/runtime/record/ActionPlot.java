package sinew.runtime.record;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.IntToDoubleFunction;
import javax.imageio.ImageIO;

/// Predicted against demonstrated actions: one panel per joint, stacked, step by step.
final class ActionPlot {
    static final int WIDTH = 800;
    static final int PANEL_HEIGHT = 400;

    private static final int LEFT = 84;
    private static final int RIGHT = 24;
    private static final int TOP = 36;
    private static final int BOTTOM = 56;
    private static final Color INK = new Color(0x24292f);
    private static final Color GRID = new Color(0xe3e6ea);
    private static final Color FRAME = new Color(0xb4bac2);
    private static final Color PREDICTED = new Color(0x1f6feb);
    private static final Color TRUTH = new Color(0xe8710a);

    private final ActionTrack track;
    private final Graphics2D g;

    private ActionPlot(ActionTrack track, Graphics2D g) {
        this.track = track;
        this.g = g;
    }

    /// Draws the plot into a PNG that appears when it is complete.
    static void write(ActionTrack track, Path target) throws IOException {
        BufferedImage image =
                new BufferedImage(WIDTH, PANEL_HEIGHT * track.dim(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        try {
            g.setColor(Color.WHITE);
            g.fillRect(0, 0, image.getWidth(), image.getHeight());
            g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
            ActionPlot plot = new ActionPlot(track, g);
            for (int joint = 0; joint < track.dim(); joint++) {
                plot.panel(joint);
                g.translate(0, PANEL_HEIGHT);
            }
        } finally {
            g.dispose();
        }
        Path part = target.resolveSibling("." + target.getFileName() + ".part");
        if (!ImageIO.write(image, "png", part.toFile())) {
            throw new IOException("this Java has no PNG writer");
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void panel(int joint) {
        boolean withTruth = track.hasGroundTruth(joint);
        Axis steps = Axis.of(0, Math.max(1, track.steps() - 1), LEFT, WIDTH - RIGHT);
        Axis values = valueAxis(joint, withTruth);
        frame(steps, values);
        g.setColor(INK);
        centred("Step", (LEFT + WIDTH - RIGHT) / 2.0, PANEL_HEIGHT - 16);
        sideways("Action " + joint);
        g.clipRect(LEFT, TOP, WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM);
        if (withTruth) {
            line(steps, values, TRUTH, step -> track.groundTruth(step, joint));
        }
        line(steps, values, PREDICTED, step -> track.predicted(step, joint));
        g.setClip(null);
        legend(withTruth);
    }

    private Axis valueAxis(int joint, boolean withTruth) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (int step = 0; step < track.steps(); step++) {
            double predicted = track.predicted(step, joint);
            double truth = withTruth ? track.groundTruth(step, joint) : predicted;
            low = Math.min(low, Math.min(predicted, truth));
            high = Math.max(high, Math.max(predicted, truth));
        }
        double margin = high > low ? 0.06 * (high - low) : Math.max(1e-3, 0.05 * Math.abs(low));
        return Axis.of(low - margin, high + margin, PANEL_HEIGHT - BOTTOM, TOP);
    }

    private void frame(Axis steps, Axis values) {
        FontMetrics font = g.getFontMetrics();
        for (double tick : steps.ticks(8)) {
            int x = (int) Math.round(steps.pixel(tick));
            g.setColor(GRID);
            g.drawLine(x, TOP, x, PANEL_HEIGHT - BOTTOM);
            g.setColor(INK);
            centred(steps.label(tick), x, PANEL_HEIGHT - BOTTOM + 20);
        }
        for (double tick : values.ticks(6)) {
            int y = (int) Math.round(values.pixel(tick));
            g.setColor(GRID);
            g.drawLine(LEFT, y, WIDTH - RIGHT, y);
            g.setColor(INK);
            String label = values.label(tick);
            g.drawString(label, LEFT - 8 - font.stringWidth(label), y + font.getAscent() / 2 - 1);
        }
        g.setColor(FRAME);
        g.drawRect(LEFT, TOP, WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM);
    }

    private void line(Axis steps, Axis values, Color colour, IntToDoubleFunction value) {
        Path2D path = new Path2D.Double();
        for (int step = 0; step < track.steps(); step++) {
            double x = steps.pixel(step);
            double y = values.pixel(value.applyAsDouble(step));
            if (step == 0) {
                path.moveTo(x, y);
                path.lineTo(x, y); // a single step still leaves a dot
            } else {
                path.lineTo(x, y);
            }
        }
        g.setColor(colour);
        g.setStroke(new BasicStroke(1.8f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.draw(path);
        g.setStroke(new BasicStroke(1));
    }

    /// Above the panel, so that it covers no line.
    private void legend(boolean withTruth) {
        int end = WIDTH - RIGHT;
        if (withTruth) {
            end = legendEntry(end, TRUTH, "Ground Truth Action") - 28;
        }
        legendEntry(end, PREDICTED, "Predicted Action");
    }

    /// @return where it begins
    private int legendEntry(int end, Color colour, String text) {
        int at = end - g.getFontMetrics().stringWidth(text);
        int middle = TOP - 16;
        g.setColor(INK);
        g.drawString(text, at, middle + 5);
        g.setColor(colour);
        g.setStroke(new BasicStroke(2.4f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.drawLine(at - 34, middle, at - 10, middle);
        g.setStroke(new BasicStroke(1));
        return at - 34;
    }

    private void centred(String text, double x, int baseline) {
        g.drawString(text, (float) (x - g.getFontMetrics().stringWidth(text) / 2.0), baseline);
    }

    private void sideways(String text) {
        AffineTransform upright = g.getTransform();
        double middle = (TOP + PANEL_HEIGHT - BOTTOM) / 2.0;
        g.translate(20, middle + g.getFontMetrics().stringWidth(text) / 2.0);
        g.rotate(-Math.PI / 2);
        g.drawString(text, 0, 0);
        g.setTransform(upright);
    }
}
