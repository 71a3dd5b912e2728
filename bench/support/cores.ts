import { execFileSync } from 'node:child_process';

/** The core that servers are measured on. */
export const SERVER_CORE = '0';
const LOAD_CORE = '1';

/** Keeps this process, which asks, off the servers' core. */
export function leaveServerCore(): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', LOAD_CORE, String(process.pid)], { stdio: 'ignore' });
}
