"""Pure conversion: Intercom's records in, Ochre's records out; no I/O, no clock."""

from ochre_tui.migration.convert.attachments import FileRef, files_of
from ochre_tui.migration.convert.companies import ConvertedCompany, convert_company
from ochre_tui.migration.convert.contact_mentions import Known, Sighting, known_from, people_of, staff_of
from ochre_tui.migration.convert.context import SKIP, FieldRule, Lookups, Rules, StaffMember, StoredFile
from ochre_tui.migration.convert.conversation import Converted, convert_conversation
from ochre_tui.migration.convert.customers import (
    ConvertedCustomer,
    MergeReport,
    components,
    contact_keys,
    convert_customer,
    email_key,
    placeholder,
)
from ochre_tui.migration.convert.macros import convert_macro
from ochre_tui.migration.convert.tags import merge_tags, tag_name
from ochre_tui.migration.convert.users import bot_user, historical_user, invited_user

__all__ = [
    "SKIP",
    "Converted",
    "ConvertedCompany",
    "ConvertedCustomer",
    "FieldRule",
    "FileRef",
    "Known",
    "Lookups",
    "MergeReport",
    "Rules",
    "Sighting",
    "StaffMember",
    "StoredFile",
    "bot_user",
    "components",
    "contact_keys",
    "convert_company",
    "convert_conversation",
    "convert_customer",
    "convert_macro",
    "email_key",
    "files_of",
    "historical_user",
    "invited_user",
    "known_from",
    "merge_tags",
    "people_of",
    "placeholder",
    "staff_of",
    "tag_name",
]
