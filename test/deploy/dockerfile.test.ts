import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execForm, isInContext, parseDockerfile } from './dockerfile.js';
import type { Stage } from './dockerfile.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** What is wrong with an image, a sentence each. */
function findFaults(dockerfile: string, dockerignore: string): string[] {
  const stages = parseDockerfile(dockerfile);
  const last = stages.at(-1);
  if (last === undefined) return ['no stage'];
  return [
    ...stages
      .filter(({ image }) => !/:(?:\d+\.\d+\.\d+|bookworm-\d{8})/.test(image))
      .map(({ image }) => `${image} is not pinned`),
    ...findCopyFaults(stages, dockerignore),
    ...findStartFaults(last),
  ];
}

function findCopyFaults(stages: readonly Stage[], dockerignore: string): string[] {
  return stages.flatMap((stage, index) =>
    stage.steps
      .filter(({ keyword }) => keyword === 'COPY')
      .flatMap(({ words, options }) => {
        const { from } = options as { readonly from?: string };
        if (from !== undefined) {
          const isEarlier = stages.slice(0, index).some(({ name }) => name === from);
          return isEarlier ? [] : [`no earlier stage is called ${from}`];
        }
        return words.slice(0, -1).flatMap((source) => {
          if (!existsSync(join(root, source))) return [`${source} is not in the repository`];
          return isInContext(source, dockerignore) ? [] : [`.dockerignore leaves out ${source}`];
        });
      }),
  );
}

function findStartFaults({ steps }: Stage): string[] {
  const lastOf = (keyword: string): number => steps.findLastIndex((step) => step.keyword === keyword);
  const user = steps[lastOf('USER')]?.words[0];
  const program = steps[lastOf('ENTRYPOINT')]?.words[0];
  return [
    ...(user === undefined || ['root', '0'].includes(user.split(':')[0] ?? '') ? ['runs as root'] : []),
    ...(lastOf('USER') > lastOf('ENTRYPOINT') ? ['the user is chosen after the program'] : []),
    ...(program?.startsWith('["node"') === true ? [] : ['node is not process 1']),
    ...(lastOf('HEALTHCHECK') === -1 ? ['no health check'] : []),
  ];
}

describe('the Dockerfile', () => {
  const stages = parseDockerfile(read('Dockerfile'));
  const last = stages.at(-1)!;

  test('is pinned, copies what is there, has a health check, and runs node as process 1 without being root', () => {
    expect(findFaults(read('Dockerfile'), read('.dockerignore'))).toEqual([]);
  });

  test('builds in one stage and runs in another', () => {
    expect(stages.length).toBeGreaterThan(1);
    expect(last.steps.filter(({ keyword }) => keyword === 'RUN')).toEqual([]);
  });

  test('serves on every interface, keeps its data in a volume and stops on SIGTERM', () => {
    const lines = last.steps.map(({ keyword, text }) => `${keyword} ${text}`);
    expect(lines).toEqual(
      expect.arrayContaining([
        'ENV NODE_ENV=production',
        'ENV HOST=0.0.0.0',
        'ENV STORE_URL=file:/data/latchkey.db',
        'VOLUME /data',
        'STOPSIGNAL SIGTERM',
      ]),
    );
  });

  test('starts `latchkey serve`, the same program that the package has', () => {
    const text = (keyword: string): string => last.steps.find((step) => step.keyword === keyword)?.text ?? '';
    const { bin } = JSON.parse(read('package.json')) as { bin: { latchkey: string } };
    expect([...execForm(text('ENTRYPOINT')), ...execForm(text('CMD'))]).toEqual(['node', bin.latchkey, 'serve']);
  });

  test.each([
    ['node:latest is not pinned', (text: string) => text.replace(/^FROM \S+$/m, 'FROM node:latest')],
    ['runs as root', (text: string) => text.replace('USER 1000:1000', 'USER root')],
    ['runs as root', (text: string) => text.replace('USER 1000:1000\n', '')],
    [
      'node is not process 1',
      (text: string) => text.replace('ENTRYPOINT ["node", "dist/main.js"]', 'ENTRYPOINT npm start'),
    ],
    ['missing.json is not in the repository', (text: string) => text.replace('COPY src', 'COPY missing.json')],
    ['.dockerignore leaves out test', (text: string) => text.replace('COPY src', 'COPY test')],
    ['no earlier stage is called bild', (text: string) => text.replace('--from=build', '--from=bild')],
    ['no health check', (text: string) => text.replace(/HEALTHCHECK.*\n.*\n/, '')],
  ])('a fault would be found: %s', (fault, spoil) => {
    expect(findFaults(spoil(read('Dockerfile')), read('.dockerignore'))).toEqual([fault]);
  });
});

describe('.dockerignore', () => {
  const dockerignore = read('.dockerignore');

  test.each(['.git', '.env', 'data/latchkey.db', 'node_modules/jose', 'dist/main.js', 'test', 'srcs'])(
    '%s stays out of the build',
    (path) => {
      expect(isInContext(path, dockerignore)).toBe(false);
    },
  );

  test('a pattern that the check does not understand is refused', () => {
    expect(() => isInContext('src', '**/*.log')).toThrow(TypeError);
  });
});
