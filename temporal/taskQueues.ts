/** Names of the task queues. One per downstream, so that each has a rate, a backlog and a pause of its own. */
export const taskQueues = {
  /** Workflows, and activities that touch only the database. */
  hermes: 'hermes',
  pipedrive: 'pipedrive',
  tc2: 'tc2',
  google: 'google',
} as const;

export type TaskQueue = (typeof taskQueues)[keyof typeof taskQueues];
