package sinew.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import sinew.convert.SyntheticPreset;
import sinew.kernels.WeightType;

/// Something to measure in one go, with all that must share a run to be compared.
sealed interface Job {
    /// In a few words, for progress.
    String title();

    /// @param types one figure each
    record Unet(SyntheticPreset preset, int batch, List<WeightType> types) implements Job {
        @Override
        public String title() {
            return "a denoising step of " + preset.key() + ", batch " + batch;
        }

        String id() {
            return "unet/" + preset.key() + "/b" + batch;
        }
    }

    /// @param types one figure each
    record Encoder(SyntheticPreset preset, List<WeightType> types) implements Job {
        @Override
        public String title() {
            return "encoding 4 images of " + shape();
        }

        String id() {
            return "encoder/" + shape() + "/x4";
        }

        private String shape() {
            return preset.key().replace("encoder-", "");
        }
    }

    /// Predictions with one weight type.
    record Predict(SyntheticPreset preset, WeightType type) implements Job {
        @Override
        public String title() {
            return "predictions of " + preset.key() + " " + lower(type);
        }

        String id() {
            return "predict/" + preset.key() + "/" + lower(type);
        }
    }

    /// Predictions of a user's own policy.
    record PredictFile(Path weights) implements Job {
        @Override
        public String title() {
            return "predictions of " + weights.getFileName();
        }

        String id() {
            return "predict/" + weights.getFileName();
        }
    }

    record Serve(SyntheticPreset preset, WeightType type) implements Job {
        @Override
        public String title() {
            return "starts of sinew serve with " + preset.key() + " " + lower(type);
        }

        String id() {
            return "serve/" + preset.key() + "/" + lower(type);
        }
    }

    static String lower(WeightType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
