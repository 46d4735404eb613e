import { drillOnProcesses } from './drill.ts';

drillOnProcesses('local');
