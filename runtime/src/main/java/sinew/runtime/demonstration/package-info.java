/// Demonstrations in the simulation: a scripted expert does the task, from the start or from where a policy left it,
/// and what it did goes to a data set.
package sinew.runtime.demonstration;
