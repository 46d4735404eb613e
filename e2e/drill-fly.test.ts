import { drillOnProcesses } from './drill.ts';

drillOnProcesses('fly');
