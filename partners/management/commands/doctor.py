from django.core.management.base import BaseCommand, CommandError

from partners.exchange.package.problems import number_with_noun
from partners.health.setup import examined


class Command(BaseCommand):
    help = (
        "Look at how the site is set up (secret, hosts, HTTPS, proxies, database, replicas, static files, disk, permissions, worker, "
        "kept versions, clock, mail, accounts), and say in plain words what is wrong and what to do. Run it in the "
        "environment of the server, as its account. Ends with code 1 where something has to be mended; what is only "
        "advised is marked so, and does not count."
    )
    requires_system_checks = ()

    def handle(self, **options):
        wrong = 0
        for name, found in examined():
            if not found:
                self.stdout.write(f"ok       {name}")
            for trouble in found:
                wrong += not trouble.bearable
                self.stdout.write(f"{'advice  ' if trouble.bearable else 'WRONG   '} {name}: {trouble.what}")
                self.stdout.write(f"         {trouble.do}")
        if wrong:
            raise CommandError(f"{number_with_noun(wrong, 'thing')} to mend.")
