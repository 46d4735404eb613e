// Our own lint rules, loaded by oxlint (.oxlintrc.json, "jsPlugins").
import { layersRule } from './layers.js';
import { pureRule } from './pure.js';

export default {
  meta: { name: 'fettle' },
  rules: { layers: layersRule, pure: pureRule },
};
