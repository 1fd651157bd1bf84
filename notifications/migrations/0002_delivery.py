
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BadAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='channel')),
                ('address', models.CharField(max_length=254, verbose_name='address')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('since', models.DateTimeField(verbose_name='since')),
            ],
            options={
                'verbose_name': 'bad address',
                'verbose_name_plural': 'bad addresses',
            },
        ),
        migrations.CreateModel(
            name='ChannelState',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name='channel')),
                ('stopped', models.BooleanField(default=False, verbose_name='stopped')),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='failures in a row')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('since', models.DateTimeField(blank=True, null=True, verbose_name='since')),
                ('retry_at', models.DateTimeField(blank=True, null=True, verbose_name='tried again at')),
                ('held_until', models.DateTimeField(blank=True, null=True, verbose_name='in use until')),
                ('collected_at', models.DateTimeField(blank=True, null=True, verbose_name='reports asked for at')),
            ],
            options={
                'verbose_name': 'channel',
                'verbose_name_plural': 'channels',
            },
        ),
        migrations.CreateModel(
            name='EarlyReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='channel')),
                ('provider_reference', models.CharField(max_length=200, verbose_name="provider's reference")),
                ('outcome', models.CharField(max_length=10, verbose_name='outcome')),
                ('words', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('bad_address', models.BooleanField(default=False, verbose_name='bad address')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
            ],
            options={
                'verbose_name': 'early report',
                'verbose_name_plural': 'early reports',
            },
        ),
        migrations.AddField(
            model_name='message',
            name='any_hour',
            field=models.BooleanField(default=False, verbose_name='also at night'),
        ),
        migrations.AddField(
            model_name='message',
            name='delivered_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='delivered at'),
        ),
        migrations.AddField(
            model_name='message',
            name='fallback',
            field=models.CharField(blank=True, help_text='Further ways, in order, as channel:address with spaces between.', max_length=300, verbose_name='if it fails'),
        ),
        migrations.AddField(
            model_name='message',
            name='occasion',
            field=models.CharField(blank=True, help_text='What belongs together, such as one reminder to many.', max_length=100, verbose_name='occasion'),
        ),
        migrations.AlterField(
            model_name='message',
            name='topic',
            field=models.CharField(blank=True, max_length=100, verbose_name='topic'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['expires_at'], name='message_expiring'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['topic', 'kind', 'occasion', 'channel', 'state'], name='message_counted'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('provider_reference', ''), _negated=True), fields=['channel', 'provider_reference'], name='message_reported'),
        ),
        migrations.AddConstraint(
            model_name='badaddress',
            constraint=models.UniqueConstraint(fields=('channel', 'address'), name='bad_address_once'),
        ),
        migrations.AddConstraint(
            model_name='earlyreport',
            constraint=models.UniqueConstraint(fields=('channel', 'provider_reference', 'outcome'), name='early_report_once'),
        ),
    ]
