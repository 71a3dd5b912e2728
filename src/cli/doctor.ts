import { parseArgs } from 'node:util';
import type { Finding } from '../doctor/finding.js';
import { toJson, type CommandOutcome } from './outcome.js';
import { UsageError } from './usage-error.js';

/** What `latchkey doctor` is asked to do. */
export interface DoctorCommand {
  readonly isJson: boolean;
}

/** What was found, and what a server would not start for. */
export interface Diagnosed {
  readonly findings: readonly Finding[];
  readonly stoppedBy: 'configuration' | 'store' | null;
}

/**
 * Reads what stands behind `latchkey doctor`.
 *
 * @throws UsageError
 */
export function parseDoctorCommand(args: readonly string[]): DoctorCommand {
  try {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
    return { isJson: values.json ?? false };
  } catch (error) {
    throw new UsageError(`doctor: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Says what was found, each with its cure. */
export function reportDiagnosis({ isJson }: DoctorCommand, { findings, stoppedBy }: Diagnosed): CommandOutcome {
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  const isHealthy = errors === 0;
  const summary = isHealthy ? 'Healthy' : `To be mended: ${errors}`;
  const text = isJson
    ? toJson({ healthy: isHealthy, findings })
    : `${findings.map(toText).join('')}\n${summary}, warnings: ${warnings}.\n`;
  return { text, exitCode: exitCodeOf(stoppedBy, isHealthy) };
}

function exitCodeOf(stoppedBy: Diagnosed['stoppedBy'], isHealthy: boolean): CommandOutcome['exitCode'] {
  if (stoppedBy === 'configuration') return 78;
  if (stoppedBy === 'store') return 69;
  return isHealthy ? 0 : 1;
}

const toText = (finding: Finding): string => {
  const line = `${finding.level.padEnd(9)}${finding.area.padEnd(15)}${finding.message}\n`;
  return finding.level === 'ok' ? line : `${line}${' '.repeat(24)}→ ${finding.cure}\n`;
};
