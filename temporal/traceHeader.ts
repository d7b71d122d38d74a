/** Where Temporal carries the trace of a request from one execution to the next; the name is the one of Temporal's own interceptors. */
export const traceHeader = '_tracer-data';
