import { readFileSync } from 'node:fs';
import type { Types } from '@graphql-codegen/plugin-helpers';
import { latchkeyPreset, latchkeyTypeDefs } from '../../src/codegen/preset.js';

const application = readFileSync(new URL('application.graphql', import.meta.url), 'utf8');

/** Not registered: what is compiled together with the tests knows roles of many applications. */
const config: Types.Config = {
  schema: [latchkeyTypeDefs, application],
  generates: { 'generated.ts': { preset: latchkeyPreset, presetConfig: { register: false } } },
};

export default config;
