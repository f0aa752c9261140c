from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from partners.models.security import take_off_second_steps


class Command(BaseCommand):
    help = (
        "Take the second step of signing in (authenticator app, passkeys, recovery codes) off an account whose owner "
        "has lost it and whom no other administrator can help. The security log says so."
    )

    def add_arguments(self, parser):
        parser.add_argument("name", help="the name of the account, as it is signed in with")

    def handle(self, *, name, **options):
        account = User.objects.filter(username=name).first()
        if account is None:
            raise CommandError(f"There is no account “{name}”.")
        had_one = account.authenticator_set.exists()
        take_off_second_steps(account, by="the command take_off_second_step")
        self.stdout.write(f"“{name}” has no second step any more." if had_one else f"“{name}” had none.")
