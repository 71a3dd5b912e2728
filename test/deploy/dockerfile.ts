import { DockerfileParser } from 'dockerfile-ast';
import type { Copy, Flag, Instruction } from 'dockerfile-ast';

/** One instruction: `COPY --from=build a b` has the option `from` and the words `a` and `b`. */
export interface Step {
  /** In upper case. */
  readonly keyword: string;
  readonly options: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** All that stands after the keyword. */
  readonly text: string;
}

/** What is between one `FROM` and the next. */
export interface Stage {
  readonly image: string;
  readonly name: string | null;
  readonly steps: readonly Step[];
}

/** The stages of a Dockerfile. Does not expand variables. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { image: string; name: string | null; steps: Step[] }[] = [];
  for (const step of parseSteps(text)) {
    const stage = stages.at(-1);
    if (step.keyword === 'FROM') {
      const [image = '', as, name = null] = step.words;
      stages.push({ image, name: as === undefined ? null : name, steps: [] });
    } else if (stage === undefined) {
      throw new TypeError(`${step.keyword} stands before the first FROM`);
    } else {
      stage.steps.push(step);
    }
  }
  return stages;
}

/** The words of `ENTRYPOINT`, `CMD` and `HEALTHCHECK … CMD` in their form without a shell, which is a JSON list. */
export function execForm(text: string): string[] {
  const list: unknown = JSON.parse(text.slice(text.indexOf('[')));
  if (!Array.isArray(list) || !list.every((word) => typeof word === 'string')) {
    throw new TypeError(`not a list of words: ${text}`);
  }
  return list;
}

/**
 * Whether a path reaches the build: the last line of `.dockerignore` that fits it or a folder above it decides.
 * Knows plain paths and a lone `*`; throws a `TypeError` for other patterns.
 */
export function isInContext(path: string, dockerignore: string): boolean {
  const lines = dockerignore.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  let isKept = true;
  for (const line of lines) {
    const pattern = line.replace(/^!/, '').replace(/\/$/, '');
    if (pattern !== '*' && /[*?[\]\\]/.test(pattern)) throw new TypeError(`.dockerignore: ${line} is not understood`);
    if (pattern === '*' || path === pattern || path.startsWith(`${pattern}/`)) isKept = line.startsWith('!');
  }
  return isKept;
}

function parseSteps(text: string): Step[] {
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => ({
      keyword: instruction.getKeyword(),
      options: Object.fromEntries(
        listFlags(instruction).map((flag): [string, string] => [flag.getName(), flag.getValue() ?? '']),
      ),
      words: instruction.getArguments().map((word) => word.getValue()),
      text: instruction.getArgumentsContent() ?? '',
    }));
}

/** Those instructions that take options have a method for them, which their common type does not say. */
function listFlags(instruction: Instruction | Copy): Flag[] {
  return 'getFlags' in instruction ? instruction.getFlags() : [];
}
