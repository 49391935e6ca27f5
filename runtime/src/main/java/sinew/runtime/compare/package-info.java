/// Compares policies over observations, recorded or synthetic, and says in a report what came out.
package sinew.runtime.compare;
