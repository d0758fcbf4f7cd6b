"""All mutations, in the order of docs/security.md."""

from tests.mutations import devices, inside, outside

MUTATIONS = outside.MUTATIONS + devices.MUTATIONS + inside.MUTATIONS
