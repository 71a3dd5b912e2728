import { execFileSync } from 'node:child_process';

/** The core that servers are measured on. */
export const SERVER_CORE = '0';
/** Where the question is what all of them do. */
export const ALL_CORES = '0,1';
const LOAD_CORE = '1';

/** Keeps this process, which asks, off the servers' core. */
export function leaveServerCore(): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', LOAD_CORE, String(process.pid)], { stdio: 'ignore' });
}
