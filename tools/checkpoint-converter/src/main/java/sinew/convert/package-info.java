/// Turns other people's checkpoints into Sinew's weights file.
package sinew.convert;
