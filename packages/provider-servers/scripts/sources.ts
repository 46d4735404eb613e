import { DAYTONA_OPERATIONS, FLY_OPERATIONS, TOOLBOX_OPERATIONS } from './served.ts';

/** Each extract: from which published file it is made, and what it holds. */
export const EXTRACTS = [
  { source: 'daytona/api-openapi-v0.205.1.json', operations: DAYTONA_OPERATIONS, file: 'daytona.json' },
  {
    source: 'daytona/toolbox-openapi-v0.205.1.json',
    operations: TOOLBOX_OPERATIONS,
    file: 'daytona-toolbox.json',
  },
  { source: 'fly/machines-openapi3.json', operations: FLY_OPERATIONS, file: 'fly.json' },
];
