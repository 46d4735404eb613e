import { drillOnProcesses } from './drill.ts';

drillOnProcesses('daytona');
