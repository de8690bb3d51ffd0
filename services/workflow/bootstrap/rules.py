"""What is imported and published (organisation, schemes, calendars, policies); who signs in."""

from functools import cached_property

from services.workflow.adapters import clock
from services.workflow.adapters.identity import Argon2Passwords
from services.workflow.adapters.notifier import NotifierClient
from services.workflow.application.accounts import Accounts
from services.workflow.application.administering import Administration
from services.workflow.application.affected import Affected
from services.workflow.application.channel_choices import ChannelChoices
from services.workflow.application.deputies import Deputies
from services.workflow.application.editions import Library, Publishing
from services.workflow.application.fitting_in import FittingIn
from services.workflow.application.imports import Imports
from services.workflow.application.organisation_import import OrganisationImport
from services.workflow.application.policies import Policies
from services.workflow.application.staffing import Staffing
from services.workflow.bootstrap.office import workbook
from services.workflow.bootstrap.stores import Stores


class Rules(Stores):
    """What is imported and published (organisation, schemes, calendars, policies); who signs in."""

    @cached_property
    def organisation_import(self) -> OrganisationImport:
        """Importing the organisation from whatever file."""
        return OrganisationImport(
            imports=self.imports, directory=self.directory, office=workbook(), now=self.now
        )

    @cached_property
    def imports(self) -> Imports:
        """Importing the organisation."""
        return Imports(
            store=self.database.store,
            reads=self.database.reads,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
            system_now=clock.system_now,
            editions=self.editions,
        )

    @cached_property
    def staffing(self) -> Staffing:
        """Changing people and posts one by one."""
        return Staffing(
            imports=self.imports,
            reads=self.database.reads,
            directory=self.directory,
            now=self.now,
        )

    @cached_property
    def administration(self) -> Administration:
        """Keeping sign-ins and tokens."""
        return Administration(
            accounts=self.accounts,
            identity=self.database.identity,
            reads=self.database.reads,
            directory=self.directory,
            now=self.now,
            system_now=clock.system_now,
        )

    @cached_property
    def channel_choices(self) -> ChannelChoices:
        """Choosing by which channels one is told."""
        return ChannelChoices(
            store=self.database.store,
            reads=self.database.reads,
            directory=self.directory,
            editions=self.editions,
            access=self.access,
            sealer=self.sealer,
            now=self.now,
        )

    @cached_property
    def deputies(self) -> Deputies:
        """Recording deputies and absences."""
        return Deputies(
            system_now=clock.system_now,
            store=self.database.store,
            reads=self.database.reads,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
        )

    @cached_property
    def library(self) -> Library:
        """Reading what was published."""
        return Library(
            access=self.access,
            editions=self.editions,
            scheme=self.rulebook.scheme,
            english=self.shown_words,
        )

    @cached_property
    def publishing(self) -> Publishing:
        """Publishing schemes, calendars and policies."""
        return Publishing(
            store=self.database.store,
            reads=self.database.reads,
            editions=self.editions,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
        )

    @cached_property
    def fitting_in(self) -> FittingIn:
        """Holding schemes against those they follow and the organisation."""
        return FittingIn(
            editions=self.editions,
            rulebook=self.rulebook,
            directory=self.directory,
            now=self.now,
        )

    @cached_property
    def policies(self) -> Policies:
        """Holding policies against schemes and the organisation."""
        return Policies(editions=self.editions, rulebook=self.rulebook, directory=self.directory)

    @cached_property
    def affected(self) -> Affected:
        """Whom a new policy affects."""
        return Affected(
            reads=self.database.reads,
            editions=self.editions,
            simulate=self._notifier.simulate_whole,
        )

    @cached_property
    def _notifier(self) -> NotifierClient:
        return NotifierClient(self.settings.notifier_url, self.settings.notifier_token)

    @cached_property
    def accounts(self) -> Accounts:
        """Tokens and sign-ins, by the system's clock."""
        return Accounts(self.database.identity, Argon2Passwords(), clock.system_now)
