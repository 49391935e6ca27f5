/// How far two ways of predicting are apart: one weight type against another, one sampler against another.
package sinew.engine.compare;
