import type { Types } from '@graphql-codegen/plugin-helpers';
import { latchkeyPreset, latchkeyTypeDefs } from 'latchkey/codegen';
import { typeDefs } from './type-defs.js';

/** For `npx graphql-codegen --config codegen.ts`. */
const config: Types.Config = {
  schema: [latchkeyTypeDefs, typeDefs],
  generates: {
    'generated.ts': {
      preset: latchkeyPreset,
      config: { contextType: './schema.js#Context', mappers: { Post: './posts.js#Post as PostSource' } },
    },
  },
};

export default config;
