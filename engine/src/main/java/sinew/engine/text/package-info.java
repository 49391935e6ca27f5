/// From words to the numbers that language towers read.
package sinew.engine.text;
