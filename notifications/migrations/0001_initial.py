
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='name')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'heartbeat',
                'verbose_name_plural': 'heartbeats',
            },
        ),
        migrations.CreateModel(
            name='MailboxItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='channel')),
                ('address', models.CharField(max_length=254, verbose_name='address')),
                ('subject', models.CharField(blank=True, max_length=300, verbose_name='subject')),
                ('raw', models.TextField(help_text='A mail as RFC 5322 text, an SMS as it is.', verbose_name='content')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
            ],
            options={
                'verbose_name': 'mailbox item',
                'verbose_name_plural': 'mailbox items',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='The occasion and the person: one message each.', max_length=200, unique=True, verbose_name='key')),
                ('channel', models.CharField(max_length=20, verbose_name='channel')),
                ('address', models.CharField(max_length=254, verbose_name='address')),
                ('language', models.CharField(default='vi', max_length=8, verbose_name='language')),
                ('composer', models.CharField(blank=True, max_length=40, verbose_name='composer')),
                ('kind', models.CharField(blank=True, max_length=40, verbose_name='kind')),
                ('topic', models.CharField(blank=True, db_index=True, max_length=100, verbose_name='topic')),
                ('person', models.CharField(blank=True, db_index=True, max_length=100, verbose_name='person')),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('state', models.CharField(choices=[('queued', 'queued'), ('claimed', 'claimed by a worker'), ('sending', 'being sent'), ('sent', 'sent'), ('delivered', 'delivered'), ('failed', 'failed'), ('uncertain', 'uncertain'), ('expired', 'expired'), ('cancelled', 'cancelled')], default='queued', max_length=10, verbose_name='state')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='worthless after')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='claimed until')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                ('provider_reference', models.CharField(blank=True, max_length=200, verbose_name="provider's reference")),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'outbox',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['channel', 'due_at', 'id'], name='message_due'), models.Index(condition=models.Q(('state', 'claimed'), ('state', 'sending'), _connector='OR'), fields=['lease_until'], name='message_leased')],
            },
        ),
    ]
